using System;
using System.Text;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>The words of the errors that clients get. The first word is a code that programs read.</summary>
internal static class ErrorReplies
{
    /// <summary>An argument should have been a number.</summary>
    public const string NotAnInteger = "ERR value is not an integer or out of range";

    /// <summary>The arguments are too few or too many.</summary>
    public static string WrongNumberOfArguments(string command) => $"ERR wrong number of arguments for '{command}' command";

    /// <summary>There is no such command.</summary>
    public static string UnknownCommand(ReadOnlySpan<byte> name) => $"ERR unknown command '{Printable(name)}'";

    /// <summary>A command has no such subcommand.</summary>
    public static string UnknownSubcommand(ReadOnlySpan<byte> name) => $"ERR unknown subcommand '{Printable(name)}'";

    /// <summary>
    /// What a failed proposal or read is answered with. MOVED, CLUSTERDOWN and TRYAGAIN say that nothing was done, and a client may send the request again, to the node
    /// that is named; UNKNOWN says that it may or may not have been done.
    /// </summary>
    public static string For(Exception failure, ulong ownId, PeerMap redisPeers) => failure switch
    {
        NotLeaderException { LeaderId: var leader } when leader != ownId && redisPeers.TryGetAddress(leader, out string? address) => $"MOVED 0 {address}",
        NotLeaderException => "CLUSTERDOWN no leader",
        RaftOverloadedException or RequestRefusedException => $"TRYAGAIN {failure.Message}",
        OutcomeUnknownException => $"UNKNOWN outcome unknown: {failure.Message}",
        ObjectDisposedException => "CLUSTERDOWN the replica has stopped",
        _ => $"ERR the replica failed: {failure.Message}",
    };

    private static string Printable(ReadOnlySpan<byte> name)
    {
        StringBuilder text = new();
        foreach (byte b in name[..Math.Min(name.Length, 64)])
        {
            text.Append(b is >= 0x20 and < 0x7F ? (char)b : '?');
        }

        return text.ToString();
    }
}
