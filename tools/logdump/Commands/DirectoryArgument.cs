using System.CommandLine;

namespace RaftEngine.LogDump.Commands;

/// <summary>The data directory that nearly every command takes.</summary>
internal static class DirectoryArgument
{
    public static Argument<string> Create() => new("DIR") { Description = "A node's data directory." };
}
