using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Text;
using RaftEngine.Samples.Kv.Resp;
using RaftEngine.Samples.Kv.Store;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>The commands about this replica.</summary>
internal sealed class ServerCommands(KvService service, RespWriter writer)
{
    /// <summary>What CONFIG GET tells: what clients and benchmarks ask for. Nothing of it can be set.</summary>
    private static readonly (string Name, string Value)[] Parameters =
    [
        ("appendonly", "yes"),
        ("appendfsync", "always"),
        ("databases", KvStore.DatabaseCount.ToString(CultureInfo.InvariantCulture)),
        ("maxmemory", "0"),
        ("maxmemory-policy", "noeviction"),
        ("notify-keyspace-events", ""),
        ("proto-max-bulk-len", RespLimits.MaxBulkBytes.ToString(CultureInfo.InvariantCulture)),
        ("replica-read-only", "no"),
        ("slave-read-only", "no"),
        ("save", ""),
        ("timeout", "3600"),
    ];

    /// <summary>Answers one request; its number of arguments has been checked.</summary>
    public void Answer(CommandId id, RespArguments request)
    {
        switch (id)
        {
            case CommandId.Command:
                Command(request);
                break;
            case CommandId.Config:
                Config(request);
                break;
            case CommandId.Info:
                writer.WriteText(InfoText.Format(request, service));
                break;
            case CommandId.Time:
                long microseconds = (DateTime.UtcNow - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
                writer.WriteArray(2);
                writer.WriteBulk((microseconds / 1_000_000).ToString(CultureInfo.InvariantCulture));
                writer.WriteBulk((microseconds % 1_000_000).ToString(CultureInfo.InvariantCulture));
                break;
            case CommandId.Role:
                Role();
                break;
            case CommandId.LastSave:
                writer.WriteInteger(service.Administration?.LastSave ?? service.Started.ToUnixTimeSeconds());
                break;
            case CommandId.RaftStatus:
                writer.WriteText(InfoText.FormatRaft(service));
                break;
            case CommandId.RaftCluster:
                writer.WriteBulk(service.Administration?.Cluster.ToString() ?? string.Empty);
                break;
            default:
                throw new UnreachableException($"{id} is no local command.");
        }
    }

    private static string FlagOf(CommandInfo command) => command.Class switch
    {
        CommandClass.Read => "readonly",
        CommandClass.Write => "write",
        CommandClass.Administration => "admin",
        _ => "fast",
    };

    /// <summary>COMMAND, COMMAND COUNT, COMMAND DOCS (empty: the names are enough), COMMAND LIST, COMMAND INFO [name
    /// …].</summary>
    private void Command(RespArguments request)
    {
        string subcommand = request.Count == 1 ? "info" : request.Text(1).ToLowerInvariant();
        switch (subcommand)
        {
            case "info" when request.Count <= 2:
                writer.WriteArray(CommandTable.All.Length);
                foreach (CommandInfo command in CommandTable.All)
                {
                    Describe(command);
                }

                break;
            case "info":
                writer.WriteArray(request.Count - 2);
                for (int i = 2; i < request.Count; i++)
                {
                    Describe(CommandTable.Find(request[i]));
                }

                break;
            case "count" when request.Count == 2:
                writer.WriteInteger(CommandTable.All.Length);
                break;
            case "count":
                writer.WriteError(ErrorReplies.WrongNumberOfArguments("command|count"));
                break;
            case "docs":
                writer.WriteMap(0);
                break;
            case "list":
                writer.WriteArray(CommandTable.All.Length);
                foreach (CommandInfo command in CommandTable.All)
                {
                    writer.WriteBulk(command.Name);
                }

                break;
            default:
                writer.WriteError(ErrorReplies.UnknownSubcommand(request));
                break;
        }
    }

    /// <summary>Writes what redis 7 writes: the last four, categories, tips, keys and subcommands, are empty.</summary>
    private void Describe(CommandInfo? command)
    {
        if (command is null || command.Class == CommandClass.Unsupported)
        {
            writer.WriteNullArray();
            return;
        }

        writer.WriteArray(10);
        writer.WriteBulk(command.Name);
        writer.WriteInteger(command.Arity);
        writer.WriteSet(1);
        writer.WriteSimple(Encoding.ASCII.GetBytes(FlagOf(command)));
        writer.WriteInteger(command.FirstKey);
        writer.WriteInteger(command.LastKey);
        writer.WriteInteger(command.KeyStep);
        writer.WriteSet(0);
        writer.WriteSet(0);
        writer.WriteSet(0);
        writer.WriteArray(0);
    }

    private void Config(RespArguments request)
    {
        if (request.Is(1, "RESETSTAT"u8) && request.Count == 2)
        {
            writer.WriteOk();
        }
        else if (request.Is(1, "SET"u8) || request.Is(1, "REWRITE"u8))
        {
            writer.WriteError("ERR nothing can be configured here while it runs; see `kv serve --help`");
        }
        else if (!request.Is(1, "GET"u8))
        {
            writer.WriteError(ErrorReplies.UnknownSubcommand(request));
        }
        else if (request.Count == 2)
        {
            writer.WriteError(ErrorReplies.WrongNumberOfArguments("config|get"));
        }
        else
        {
            List<(string Name, string Value)> found = [];
            foreach ((string Name, string Value) parameter in Parameters)
            {
                byte[] name = Encoding.ASCII.GetBytes(parameter.Name);
                if (Enumerable.Range(2, request.Count - 2).Any(i => GlobPattern.IsMatch(request[i], name, ignoreCase: true)))
                {
                    found.Add(parameter);
                }
            }

            writer.WriteMap(found.Count);
            foreach ((string name, string value) in found)
            {
                writer.WriteBulk(name);
                writer.WriteBulk(value);
            }
        }
    }

    private void Role()
    {
        RaftStatus status = service.Replica.Status;
        if (service.IsMaster(in status))
        {
            ulong[] others = [.. service.RedisPeers.Ids.Where(id => id != status.NodeId)];
            writer.WriteArray(3);
            writer.WriteBulk("master"u8);
            writer.WriteInteger(status.CommitIndex);
            writer.WriteArray(others.Length);
            foreach (ulong id in others)
            {
                service.RedisPeers.TryGetAddress(id, out ClientAddress address);
                writer.WriteArray(3);
                writer.WriteBulk(address.Host);
                writer.WriteBulk(address.Port.ToString(CultureInfo.InvariantCulture));
                writer.WriteBulk(status.CommitIndex.ToString(CultureInfo.InvariantCulture));
            }

            return;
        }

        bool isConnected = service.RedisPeers.TryGetAddress(status.LeaderId, out ClientAddress leader);
        writer.WriteArray(5);
        writer.WriteBulk("slave"u8);
        writer.WriteBulk(leader.Host ?? string.Empty);
        writer.WriteInteger(leader.Port);
        writer.WriteBulk(isConnected ? "connected"u8 : "connect"u8);
        writer.WriteInteger(status.CommitIndex);
    }
}
