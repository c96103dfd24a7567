using System;
using System.Globalization;
using RaftEngine.Storage;

namespace RaftEngine.Snapshots;

/// <summary>A snapshot file is not what was written. Nothing of it is used, and nothing was changed: restore the replica from its peers or from a backup.</summary>
public sealed class SnapshotCorruptedException : Exception
{
    /// <summary>An exception that locates the damage.</summary>
    /// <param name="file">The file's name, without its directory.</param>
    /// <param name="offset">The offset in the file, in bytes, of the first thing that is wrong.</param>
    /// <param name="what">What is wrong: "header checksum", "chunk checksum", …</param>
    /// <param name="expected">What should stand there.</param>
    /// <param name="actual">What stands there.</param>
    public SnapshotCorruptedException(string file, long offset, string what, ulong expected, ulong actual)
        : base(string.Create(
            CultureInfo.InvariantCulture,
                $"Snapshot corrupted: file {file}, offset {offset}: {DamagedValue.Tell(what, expected, actual)}"))
    {
        File = file;
        Offset = offset;
        Expected = expected;
        Actual = actual;
    }

    /// <summary>The file's name, without its directory.</summary>
    public string File { get; }

    /// <summary>The offset in the file, in bytes.</summary>
    public long Offset { get; }

    /// <summary>What should stand there.</summary>
    public ulong Expected { get; }

    /// <summary>What stands there.</summary>
    public ulong Actual { get; }
}
