using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using RaftEngine.Samples.Kv.Resp;
using RaftEngine.Samples.Kv.Store;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>CLUSTER: all slots belong to the master, and the others are its replicas:
/// <see cref="KvService.MasterOf"/>.</summary>
internal sealed class ClusterCommands(KvService service, Session session, RespWriter writer)
{
    private const int BusPortDistance = 10_000;

    private static readonly Dictionary<string, int> Arities = new(StringComparer.Ordinal)
    {
        ["info"] = 2,
        ["nodes"] = 2,
        ["slots"] = 2,
        ["shards"] = 2,
        ["myid"] = 2,
        ["keyslot"] = 3,
        ["countkeysinslot"] = 3,
        ["getkeysinslot"] = 4,
    };

    /// <summary>Answers one request.</summary>
    public void Answer(RespArguments request)
    {
        string name = request.Text(1).ToLowerInvariant();
        if (!Arities.TryGetValue(name, out int arity))
        {
            writer.WriteError(ErrorReplies.UnknownSubcommand(request));
        }
        else if (request.Count != arity)
        {
            writer.WriteError(ErrorReplies.WrongNumberOfArguments($"cluster|{name}"));
        }
        else
        {
            Answer(name, request);
        }
    }

    private void Answer(string name, RespArguments request)
    {
        RaftStatus status = service.Replica.Status;
        session.KnowsCluster |= name is "slots" or "shards" or "nodes";
        switch (name)
        {
            case "info":
                writer.WriteText(InfoOf(status));
                break;
            case "nodes":
                writer.WriteText(NodesOf(status));
                break;
            case "slots":
                Slots(status);
                break;
            case "shards":
                Shards(status);
                break;
            case "myid":
                writer.WriteBulk(KvService.NameOf(status.NodeId));
                break;
            case "keyslot":
                writer.WriteInteger(HashSlot.Of(request[2]));
                break;
            default:
                WriteKeysInSlot(service.Replica.Store.Read(
                    name == "countkeysinslot" ? KvOperation.CountKeysInSlot : KvOperation.GetKeysInSlot, 0, request.AsCall(skip: 1)));
                break;
        }
    }

    private static string InfoOf(RaftStatus status) => string.Create(
        CultureInfo.InvariantCulture,
        $"cluster_enabled:1\r\ncluster_state:ok\r\ncluster_slots_assigned:{HashSlot.Count}\r\ncluster_slots_ok:{HashSlot.Count}\r\ncluster_slots_pfail:0\r\n"
        + $"cluster_slots_fail:0\r\ncluster_known_nodes:{status.Configuration?.Members.Length ?? 1}\r\ncluster_size:1\r\ncluster_current_epoch:{status.Term}\r\n"
        + $"cluster_my_epoch:{status.Term}\r\n");

    /// <summary>The members that clients can be sent to, owners of slots first.</summary>
    private List<(ulong Id, ClientAddress Address, bool IsServing)> Members(RaftStatus status, ulong[] owners)
    {
        IEnumerable<ulong> ids = status.Configuration is { } configuration ? configuration.Members.Select(static member => member.NodeId) : service.RedisPeers.Ids;
        List<(ulong Id, ClientAddress Address, bool IsServing)> members = [];
        foreach (ulong id in ids.Append(status.NodeId).Distinct().OrderBy(id => !owners.Contains(id)))
        {
            if (service.RedisPeers.TryGetAddress(id, out ClientAddress address))
            {
                members.Add((id, address, owners.Contains(id) || service.Watch?.IsServing(id) != false));
            }
        }

        return members;
    }

    /// <summary>A line for each member. Also for one that this replica is not in contact with (<c>fail?</c>): a client that asks
    /// early, when this replica knows of no other yet, has all addresses for when it is told to go elsewhere.</summary>
    private string NodesOf(RaftStatus status)
    {
        ulong[] owners = service.OwnersOf(in status);
        StringBuilder lines = new();
        foreach ((ulong id, ClientAddress address, bool isServing) in Members(status, owners))
        {
            int share = Array.IndexOf(owners, id);
            string role = share >= 0 ? "master" : "slave";
            string flags = (id == status.NodeId ? "myself," : string.Empty) + role + (isServing ? string.Empty : ",fail?");
            string of = share >= 0 ? "-" : KvService.NameOf(owners[0]);
            int bus = address.Port + BusPortDistance <= ushort.MaxValue ? address.Port + BusPortDistance : 0;
            (int first, int last) = RangeOf(share, owners.Length);
            string link = isServing ? "connected" : "disconnected";
            string slots = share >= 0 ? string.Create(CultureInfo.InvariantCulture, $" {first}-{last}") : string.Empty;
            lines.Append(CultureInfo.InvariantCulture, $"{KvService.NameOf(id)} {address}@{bus} {flags} {of} 0 0 {status.Term} {link}{slots}\n");
        }

        return lines.ToString();
    }

    private static (int First, int Last) RangeOf(int share, int shares) =>
        (((share * HashSlot.Count) + shares - 1) / shares, ((((share + 1) * HashSlot.Count) + shares - 1) / shares) - 1);

    /// <summary>The members that serve an owner's slots: itself, and behind it those that own none.</summary>
    private List<(ulong Id, ClientAddress Address)> ServersOf(RaftStatus status, ulong owner, ulong[] owners) =>
    [
        .. Members(status, owners)
            .Where(member => member.Id == owner || (member.IsServing && !owners.Contains(member.Id)))
            .OrderBy(member => member.Id != owner)
            .Select(static member => (member.Id, member.Address)),
    ];

    private void Slots(RaftStatus status)
    {
        ulong[] owners = service.OwnersOf(in status);
        writer.WriteArray(owners.Length);
        for (int share = 0; share < owners.Length; share++)
        {
            List<(ulong Id, ClientAddress Address)> servers = ServersOf(status, owners[share], owners);
            (int first, int last) = RangeOf(share, owners.Length);
            writer.WriteArray(2 + servers.Count);
            writer.WriteInteger(first);
            writer.WriteInteger(last);
            foreach ((ulong id, ClientAddress address) in servers)
            {
                writer.WriteArray(4);
                writer.WriteBulk(address.Host);
                writer.WriteInteger(address.Port);
                writer.WriteBulk(KvService.NameOf(id));
                writer.WriteArray(0);
            }
        }
    }

    private void Shards(RaftStatus status)
    {
        ulong[] owners = service.OwnersOf(in status);
        writer.WriteArray(owners.Length);
        for (int share = 0; share < owners.Length; share++)
        {
            List<(ulong Id, ClientAddress Address)> servers = ServersOf(status, owners[share], owners);
            (int first, int last) = RangeOf(share, owners.Length);
            writer.WriteMap(2);
            writer.WriteBulk("slots"u8);
            writer.WriteArray(2);
            writer.WriteInteger(first);
            writer.WriteInteger(last);
            writer.WriteBulk("nodes"u8);
            writer.WriteArray(servers.Count);
            foreach ((ulong id, ClientAddress address) in servers)
            {
                writer.WriteMap(7);
                WritePair("id", KvService.NameOf(id));
                WritePair("port", address.Port);
                WritePair("ip", address.Host);
                WritePair("endpoint", address.Host);
                WritePair("role", id == owners[share] ? "master" : "replica");
                WritePair("replication-offset", status.CommitIndex);
                WritePair("health", "online");
            }
        }
    }

    private void WritePair(string name, string value)
    {
        writer.WriteBulk(name);
        writer.WriteBulk(value);
    }

    private void WritePair(string name, long value)
    {
        writer.WriteBulk(name);
        writer.WriteInteger(value);
    }

    private void WriteKeysInSlot(in KvResult result)
    {
        if (result.Items is not { } keys)
        {
            writer.WriteResult(in result);
            return;
        }

        writer.WriteArray(keys.Length);
        foreach (KvResult key in keys)
        {
            writer.WriteBulk(key.Value);
        }
    }
}
