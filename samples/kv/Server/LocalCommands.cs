using System;
using System.Diagnostics;
using RaftEngine.Samples.Kv.Resp;
using RaftEngine.Samples.Kv.Store;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>The commands that a replica answers by itself, and what they remember of one connection.</summary>
internal sealed class LocalCommands
{
    private readonly IKvReplica _replica;
    private readonly RespWriter _writer;
    private readonly long _connectionId;
    private byte[] _clientName = [];

    /// <summary>The commands of one connection.</summary>
    public LocalCommands(IKvReplica replica, RespWriter writer, long connectionId)
    {
        _replica = replica;
        _writer = writer;
        _connectionId = connectionId;
    }

    /// <summary>Answers one request; its number of arguments has been checked.</summary>
    public void Answer(CommandId id, RespArguments request)
    {
        switch (id)
        {
            case CommandId.Ping when request.Count == 1:
                _writer.WriteSimple("PONG"u8);
                break;
            case CommandId.Ping when request.Count > 2:
                _writer.WriteError(ErrorReplies.WrongNumberOfArguments("ping"));
                break;
            case CommandId.Ping:
            case CommandId.Echo:
                _writer.WriteBulk(request[1]);
                break;
            case CommandId.Select:
                Select(request);
                break;
            case CommandId.Hello:
                Hello(request);
                break;
            case CommandId.Command:
                Command(request);
                break;
            case CommandId.Client:
                Client(request);
                break;
            case CommandId.Config:
                Config(request);
                break;
            case CommandId.Info:
                Info(request);
                break;
            case CommandId.Save: // which the connection has done by now
            case CommandId.Quit:
                _writer.WriteSimple("OK"u8);
                break;
            default:
                throw new UnreachableException($"{id} is no local command.");
        }
    }

    private void Select(RespArguments request)
    {
        if (!KvValue.TryParseInteger(request[1], out long database))
        {
            _writer.WriteError(ErrorReplies.NotAnInteger);
        }
        else if (database != 0)
        {
            _writer.WriteError("ERR DB index is out of range");
        }
        else
        {
            _writer.WriteSimple("OK"u8);
        }
    }

    /// <summary>HELLO [2|3 [SETNAME name]].</summary>
    private void Hello(RespArguments request)
    {
        int protocol = _writer.Protocol;
        if (request.Count > 1)
        {
            if (!KvValue.TryParseInteger(request[1], out long asked) || asked is not (2 or 3))
            {
                _writer.WriteError("NOPROTO unsupported protocol version");
                return;
            }

            protocol = (int)asked;
        }

        byte[] name = _clientName;
        for (int i = 2; i < request.Count; i += 2)
        {
            if (!request.Is(i, "SETNAME"u8) || i + 1 == request.Count)
            {
                _writer.WriteError(request.Is(i, "AUTH"u8) ? "ERR AUTH is not supported: there are no passwords here" : "ERR syntax error in HELLO");
                return;
            }

            name = request[i + 1].ToArray();
        }

        _clientName = name;
        _writer.Protocol = protocol;
        _writer.WriteMap(7);
        _writer.WriteBulk("server"u8);
        _writer.WriteBulk("redis"u8);
        _writer.WriteBulk("version"u8);
        _writer.WriteBulk(InfoText.RedisVersion);
        _writer.WriteBulk("proto"u8);
        _writer.WriteInteger(protocol);
        _writer.WriteBulk("id"u8);
        _writer.WriteInteger(_connectionId);
        _writer.WriteBulk("mode"u8);
        _writer.WriteBulk("standalone"u8);
        _writer.WriteBulk("role"u8);
        _writer.WriteBulk(_replica.Status.Role == RaftRole.Leader ? "master"u8 : "replica"u8);
        _writer.WriteBulk("modules"u8);
        _writer.WriteArray(0);
    }

    /// <summary>COMMAND, COMMAND COUNT, COMMAND DOCS (empty: the names are enough), COMMAND INFO [name …].</summary>
    private void Command(RespArguments request)
    {
        if (request.Count == 1 || (request.Count == 2 && request.Is(1, "INFO"u8)))
        {
            _writer.WriteArray(CommandTable.All.Length);
            foreach (CommandInfo command in CommandTable.All)
            {
                Describe(command);
            }
        }
        else if (request.Is(1, "COUNT"u8))
        {
            _writer.WriteInteger(CommandTable.All.Length);
        }
        else if (request.Is(1, "DOCS"u8))
        {
            _writer.WriteMap(0);
        }
        else if (request.Is(1, "INFO"u8))
        {
            _writer.WriteArray(request.Count - 2);
            for (int i = 2; i < request.Count; i++)
            {
                Describe(CommandTable.Find(request[i]));
            }
        }
        else
        {
            _writer.WriteError(ErrorReplies.UnknownSubcommand(request[1]));
        }
    }

    private void Describe(CommandInfo? command)
    {
        if (command is null)
        {
            _writer.WriteNull();
            return;
        }

        _writer.WriteArray(6);
        _writer.WriteBulk(command.Name);
        _writer.WriteInteger(command.Arity);
        _writer.WriteArray(1);
        _writer.WriteSimple(command.Class switch
        {
            CommandClass.Read => "readonly"u8,
            CommandClass.Write => "write"u8,
            _ => "fast"u8,
        });
        _writer.WriteInteger(command.FirstKey);
        _writer.WriteInteger(command.LastKey);
        _writer.WriteInteger(command.KeyStep);
    }

    /// <summary>CLIENT ID, GETNAME, SETNAME name, SETINFO attribute value.</summary>
    private void Client(RespArguments request)
    {
        if (request.Is(1, "ID"u8) && request.Count == 2)
        {
            _writer.WriteInteger(_connectionId);
        }
        else if (request.Is(1, "GETNAME"u8) && request.Count == 2)
        {
            _writer.WriteBulk(_clientName);
        }
        else if (request.Is(1, "SETNAME"u8) && request.Count == 3)
        {
            _clientName = request[2].ToArray();
            _writer.WriteSimple("OK"u8);
        }
        else if (request.Is(1, "SETINFO"u8) && request.Count == 4)
        {
            _writer.WriteSimple("OK"u8);
        }
        else
        {
            _writer.WriteError(ErrorReplies.UnknownSubcommand(request[1]));
        }
    }

    /// <summary>CONFIG GET: benchmarks ask how the server saves.</summary>
    private void Config(RespArguments request)
    {
        if (!request.Is(1, "GET"u8))
        {
            _writer.WriteError(ErrorReplies.UnknownSubcommand(request[1]));
        }
        else if (request.Count == 3 && request.Is(2, "SAVE"u8))
        {
            _writer.WriteMap(1);
            _writer.WriteBulk("save"u8);
            _writer.WriteBulk(""u8);
        }
        else if (request.Count == 3 && request.Is(2, "APPENDONLY"u8))
        {
            _writer.WriteMap(1);
            _writer.WriteBulk("appendonly"u8);
            _writer.WriteBulk("yes"u8);
        }
        else
        {
            _writer.WriteMap(0);
        }
    }

    private void Info(RespArguments request)
    {
        int keys;
        using (KvStateMachine.Reader reader = _replica.Store.OpenRead())
        {
            keys = reader.Count;
        }

        _writer.WriteBulk(InfoText.Format(request, _replica.Status, keys));
    }
}
