using System.IO;

namespace RaftEngine.LogDump.Reading;

/// <summary>What to do about damage.</summary>
internal static class Advice
{
    /// <summary>The steps by which a damaged replica is rebuilt.</summary>
    public static readonly string[] Steps =
    [
        "Stop its node, and keep the directory, under another name, until all is well again.",
        "While a majority of the others runs: remove the node from the members, start it with an empty directory and with the voters as its first configuration, "
            + "and add it again. The leader sends it the state.",
        "If no majority is left: 'logdump recover' on the survivor with the highest last term and index, or restore a backup.",
    ];

    /// <summary>In a line or two, what to do next about what was found.</summary>
    public static string Next(DirectoryVerification found, string path) =>
        Subject.IsBackup(path) ? "What to do: do not restore this file. Take another backup, from a node that is whole."
        : !Directory.Exists(path)
            ? "What to do: verify the data directory that the segment is of; 'logdump map' shows what is whole behind the damage."
        : found.Inspector is null
            ? $"What to do: without its hard state the node does not know how it voted. 'logdump repair {path}' says how it is rebuilt."
        : $"What to do: 'logdump repair {path}' says how the replica is rebuilt from its peers; 'logdump map {path}' shows what is whole.";
}
