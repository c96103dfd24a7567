using System;
using System.Globalization;
using System.Linq;
using System.Text;
using RaftEngine.Samples.Kv.Resp;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>CLIENT: what there is to ask and to say about connections.</summary>
internal sealed class ClientCommands(KvService service, Session session, RespWriter writer)
{
    /// <summary>A client has given itself a name that is none.</summary>
    public const string NoName = "ERR Client names cannot contain spaces, newlines or special characters.";

    /// <summary>True if a client may be called so.</summary>
    public static bool IsName(string name) => name.All(static letter => letter is >= '!' and <= '~');

    /// <summary>Answers one request.</summary>
    public void Answer(RespArguments request)
    {
        string name = request.Text(1).ToLowerInvariant();
        int arity = name switch
        {
            "id" or "getname" or "info" => 2,
            "setname" or "no-evict" or "no-touch" => 3,
            "setinfo" => 4,
            "list" => -2,
            _ => 0,
        };
        if (arity == 0)
        {
            writer.WriteError(ErrorReplies.UnknownSubcommand(request));
        }
        else if (arity > 0 && request.Count != arity)
        {
            writer.WriteError(ErrorReplies.WrongNumberOfArguments($"client|{name}"));
        }
        else
        {
            Answer(name, request);
        }
    }

    private void Answer(string name, RespArguments request)
    {
        switch (name)
        {
            case "id":
                writer.WriteInteger(session.Id);
                break;
            case "getname" when session.Name.Length == 0:
                writer.WriteNull();
                break;
            case "getname":
                writer.WriteBulk(Encoding.Latin1.GetBytes(session.Name));
                break;
            case "setname":
                SetName(request.Text(2));
                break;
            case "setinfo":
                SetInfo(request);
                break;
            case "info":
                writer.WriteText(Describe(session) + "\n");
                break;
            case "list":
                writer.WriteText(string.Concat(service.Connections.Values.OrderBy(static other => other.Session.Id).Select(static other => Describe(other.Session) + "\n")));
                break;
            default: // what does not apply to this store, and harms nothing
                bool isSwitch = request.Is(2, "ON"u8) || request.Is(2, "OFF"u8);
                WriteOkOr(isSwitch ? null : ErrorReplies.SyntaxError);
                break;
        }
    }

    private void SetName(string name)
    {
        session.Name = IsName(name) ? name : session.Name;
        WriteOkOr(IsName(name) ? null : NoName);
    }

    private void SetInfo(RespArguments request)
    {
        string value = request.Text(3);
        bool isName = request.Is(2, "LIB-NAME"u8);
        if (!isName && !request.Is(2, "LIB-VER"u8))
        {
            WriteOkOr($"ERR Unrecognized option '{request.Text(2)}'");
        }
        else if (!IsName(value))
        {
            WriteOkOr($"ERR {(isName ? "lib-name" : "lib-ver")} cannot contain spaces, newlines or special characters.");
        }
        else
        {
            (session.LibraryName, session.LibraryVersion) = isName ? (value, session.LibraryVersion) : (session.LibraryName, value);
            WriteOkOr(null);
        }
    }

    private void WriteOkOr(string? error)
    {
        if (error is null)
        {
            writer.WriteOk();
        }
        else
        {
            writer.WriteError(error);
        }
    }

    private static string Describe(Session of) => string.Create(
        CultureInfo.InvariantCulture,
        $"id={of.Id} addr={of.Address} name={of.Name} db={of.Database} multi={of.Transaction?.Replies.Count ?? -1} cmd={of.LastCommand} "
        + $"user=default lib-name={of.LibraryName} lib-ver={of.LibraryVersion}");
}
