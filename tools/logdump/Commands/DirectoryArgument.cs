using System.CommandLine;

namespace RaftEngine.LogDump.Commands;

/// <summary>What nearly every command takes: a data directory, or what can stand for one.</summary>
internal static class DirectoryArgument
{
    public static Argument<string> Create() =>
        new("DIR") { Description = "A node's data directory, or a single segment of one." };
}
