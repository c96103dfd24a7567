using System;
using System.Text;
using RaftEngine.Log;
using RaftEngine.Samples.Kv.Resp;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>The words of the errors that clients get. The first word is a code that programs read.</summary>
internal static class ErrorReplies
{
    /// <summary>An argument should have been a number.</summary>
    public const string NotAnInteger = "ERR value is not an integer or out of range";

    /// <summary>The options cannot be understood.</summary>
    public const string SyntaxError = "ERR syntax error";

    /// <summary>The client has to give the password first.</summary>
    public const string NoAuthentication = "NOAUTH Authentication required.";

    /// <summary>The replica is about to end: nothing was done.</summary>
    public const string Stopping = "CLUSTERDOWN the replica is stopping";

    /// <summary>A command had an error when it was queued.</summary>
    public const string ExecAbort = "EXECABORT Transaction discarded because of previous errors.";

    // What redis shows of what it does not know, in bytes.
    private const int MaxShown = 128;

    /// <summary>The arguments are too few or too many.</summary>
    public static string WrongNumberOfArguments(string command) => $"ERR wrong number of arguments for '{command}' command";

    /// <summary>There is no such command.</summary>
    public static string UnknownCommand(RespArguments request)
    {
        StringBuilder arguments = new();
        for (int i = 1; i < request.Count && arguments.Length < MaxShown; i++)
        {
            string shown = Shown(request[i], MaxShown - arguments.Length);
            arguments.Append('\'').Append(shown).Append("' ");
        }

        return $"ERR unknown command '{Shown(request[0], MaxShown)}', with args beginning with: {arguments}";
    }

    /// <summary>A command has no such subcommand.</summary>
    public static string UnknownSubcommand(RespArguments request) =>
        $"ERR unknown subcommand '{Shown(request[1], MaxShown)}'. Try {request.Text(0).ToUpperInvariant()} HELP.";

    /// <summary>A command of another kind of data.</summary>
    public static string Unsupported(string command) =>
        $"ERR unsupported command '{command}': this store holds strings only, and has no lists, hashes, sets, streams, scripts or channels";

    /// <summary>
    /// What a failed proposal or read is answered with. MOVED, CLUSTERDOWN and TRYAGAIN say that nothing was done, and
    /// a client may send the request again, to the node
    /// that is named; UNKNOWN says that it may or may not have been done.
    /// </summary>
    /// <param name="failure">What it failed with.</param>
    /// <param name="service">The replica that was asked.</param>
    /// <param name="slot">The slot of the request's first key, if the client is to go to the leader; -1 if it is
    /// not.</param>
    public static string For(Exception failure, KvService service, int slot) => failure switch
    {
        NotLeaderException { LeaderId: var leader } when slot >= 0 && leader != service.Replica.Status.NodeId
            && service.RedisPeers.TryGetAddress(leader, out ClientAddress address) => $"MOVED {slot} {address}",
        NotLeaderException => "CLUSTERDOWN no leader",
        RaftOverloadedException or RequestRefusedException or LogFullException => $"TRYAGAIN {failure.Message}",
        OutcomeUnknownException => $"UNKNOWN outcome unknown: {failure.Message}",
        ObjectDisposedException => "CLUSTERDOWN the replica has stopped",
        _ => $"ERR the replica failed: {failure.Message}",
    };

    // As redis does, by the rules of C: up to the first zero byte.
    private static string Shown(ReadOnlySpan<byte> bytes, int most)
    {
        bytes = bytes[..Math.Min(bytes.Length, most)];
        int zero = bytes.IndexOf((byte)0);
        return Encoding.Latin1.GetString(zero < 0 ? bytes : bytes[..zero]);
    }
}
