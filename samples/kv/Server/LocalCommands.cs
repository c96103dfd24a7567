using System.Diagnostics;
using System.Text;
using RaftEngine.Samples.Kv.Resp;
using RaftEngine.Samples.Kv.Store;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>The commands that a replica answers by itself: those of the connection here, the others by their
/// subject.</summary>
internal sealed class LocalCommands
{
    private const string WrongPassword = "WRONGPASS invalid username-password pair or user is disabled.";

    private const string NoPassword =
        "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?";

    private const string HelloNeedsPassword =
        "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the "
        + "client and select the RESP protocol version at the same time";

    private readonly KvService _service;
    private readonly Session _session;
    private readonly RespWriter _writer;
    private readonly ClientCommands _client;
    private readonly ServerCommands _server;
    private readonly ClusterCommands _cluster;

    /// <summary>The commands of one connection.</summary>
    public LocalCommands(KvService service, Session session, RespWriter writer)
    {
        _service = service;
        _session = session;
        _writer = writer;
        _client = new ClientCommands(service, session, writer);
        _server = new ServerCommands(service, writer);
        _cluster = new ClusterCommands(service, session, writer);
    }

    /// <summary>Checks what is special about OBJECT: of its subcommands there is one.</summary>
    /// <returns>Null, or the error to answer.</returns>
    public static string? CheckObject(RespArguments request) =>
        !request.Is(1, "ENCODING"u8) ? ErrorReplies.UnknownSubcommand(request)
        : request.Count != 3 ? ErrorReplies.WrongNumberOfArguments("object|encoding")
        : null;

    /// <summary>Answers one request; its number of arguments has been checked.</summary>
    public void Answer(CommandId id, RespArguments request)
    {
        switch (id)
        {
            case CommandId.Ping or CommandId.Echo or CommandId.Select or CommandId.Hello or CommandId.Auth or CommandId.Quit or CommandId.Reset:
                AnswerConnection(id, request);
                break;
            case CommandId.Unwatch: // in a transaction, where EXEC has forgotten the keys anyway
            case CommandId.Asking:
                _writer.WriteOk();
                break;
            case CommandId.ReadOnly or CommandId.ReadWrite:
                _session.KnowsCluster = true;
                _session.ReadsAnywhere = id == CommandId.ReadOnly;
                _writer.WriteOk();
                break;
            case CommandId.Client:
                _client.Answer(request);
                break;
            case CommandId.Cluster:
                _cluster.Answer(request);
                break;
            default:
                _server.Answer(id, request);
                break;
        }
    }

    /// <summary>Reads the database of a SELECT.</summary>
    public static bool TryReadDatabase(RespArguments request, out int database)
    {
        bool read = KvValue.TryParseInteger(request[1], out long number) && number is >= 0 and < KvStore.DatabaseCount;
        database = read ? (int)number : 0;
        return read;
    }

    private void AnswerConnection(CommandId id, RespArguments request)
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
            case CommandId.Auth:
                Authenticate(request);
                break;
            case CommandId.Quit:
                _writer.WriteOk();
                break;
            case CommandId.Reset:
                _session.Reset(isAuthenticated: !_service.NeedsPassword);
                _writer.Protocol = 2;
                _writer.WriteSimple("RESET"u8);
                break;
            default:
                throw new UnreachableException($"{id} is no command of the connection.");
        }
    }

    private void Select(RespArguments request)
    {
        if (TryReadDatabase(request, out int database))
        {
            _session.Database = database;
            _writer.WriteOk();
        }
        else
        {
            _writer.WriteError(!KvValue.TryParseInteger(request[1], out long number) ? ErrorReplies.NotAnInteger
                : number is < int.MinValue or > int.MaxValue ? KvCall.OutOfInt
                : "ERR DB index is out of range");
        }
    }

    private void Authenticate(RespArguments request)
    {
        bool namesUser = request.Count == 3;
        if (request.Count > 3)
        {
            _writer.WriteError(ErrorReplies.SyntaxError);
        }
        else if (!namesUser && !_service.NeedsPassword)
        {
            _writer.WriteError(NoPassword);
        }
        else if (IsAccepted(namesUser ? request.Text(1) : "default", request[namesUser ? 2 : 1]))
        {
            _session.IsAuthenticated = true;
            _writer.WriteOk();
        }
        else
        {
            _writer.WriteError(WrongPassword);
        }
    }

    private bool IsAccepted(string user, System.ReadOnlySpan<byte> password) => user == "default" && (!_service.NeedsPassword || _service.IsPassword(password));

    /// <summary>HELLO [2|3 [AUTH user password] [SETNAME name]].</summary>
    private void Hello(RespArguments request)
    {
        int protocol = _writer.Protocol;
        if (request.Count > 1)
        {
            if (!KvValue.TryParseInteger(request[1], out long asked))
            {
                _writer.WriteError("ERR Protocol version is not an integer or out of range");
                return;
            }

            if (asked is not (2 or 3))
            {
                _writer.WriteError("NOPROTO unsupported protocol version");
                return;
            }

            protocol = (int)asked;
        }

        if (ReadHelloOptions(request) is { } error)
        {
            _writer.WriteError(error);
            return;
        }

        _writer.Protocol = protocol;
        _writer.WriteMap(7);
        _writer.WriteBulk("server"u8);
        _writer.WriteBulk("redis"u8);
        _writer.WriteBulk("version"u8);
        _writer.WriteBulk(InfoText.RedisVersion);
        _writer.WriteBulk("proto"u8);
        _writer.WriteInteger(protocol);
        _writer.WriteBulk("id"u8);
        _writer.WriteInteger(_session.Id);
        _writer.WriteBulk("mode"u8);
        _writer.WriteBulk("standalone"u8);
        _writer.WriteBulk("role"u8);
        RaftStatus status = _service.Replica.Status;
        _writer.WriteBulk(_service.IsMaster(in status) ? "master"u8 : "replica"u8);
        _writer.WriteBulk("modules"u8);
        _writer.WriteArray(0);
    }

    private string? ReadHelloOptions(RespArguments request)
    {
        string? name = null;
        bool isAuthenticated = _session.IsAuthenticated;
        for (int i = 2; i < request.Count; i++)
        {
            if (request.Is(i, "AUTH"u8) && i + 2 < request.Count)
            {
                if (!IsAccepted(request.Text(i + 1), request[i + 2]))
                {
                    return WrongPassword;
                }

                isAuthenticated = true;
                i += 2;
            }
            else if (request.Is(i, "SETNAME"u8) && i + 1 < request.Count)
            {
                name = request.Text(++i);
            }
            else
            {
                return $"ERR Syntax error in HELLO option '{request.Text(i)}'";
            }
        }

        if (!isAuthenticated)
        {
            return HelloNeedsPassword;
        }

        _session.IsAuthenticated = true;
        if (name is not null && !ClientCommands.IsName(name))
        {
            return ClientCommands.NoName;
        }

        _session.Name = name ?? _session.Name;
        return null;
    }
}
