using System;
using System.Globalization;

namespace RaftEngine.Log;

/// <summary>
/// Something that was known to be on disk is no longer what was written. Fail-stop: nothing is truncated. Restore the replica from its peers or from a backup.
/// </summary>
public sealed class LogCorruptedException : Exception
{
    /// <summary>An exception that locates the damage.</summary>
    /// <param name="segment">The file's name, without its directory.</param>
    /// <param name="offset">The offset in the file, in bytes, of the first thing that is wrong.</param>
    /// <param name="index">The log index of the record there; 0 if the damage is not in a record.</param>
    /// <param name="what">What is wrong: "record checksum", "segment header", …</param>
    /// <param name="expected">What should stand there.</param>
    /// <param name="actual">What stands there.</param>
    public LogCorruptedException(string segment, long offset, long index, string what, ulong expected, ulong actual)
        : base(string.Create(
            CultureInfo.InvariantCulture,
            $"Log corrupted: segment {segment}, offset {offset}, index {index}: {what}: expected 0x{expected:x16}, actual 0x{actual:x16}."))
    {
        Segment = segment;
        Offset = offset;
        Index = index;
        Expected = expected;
        Actual = actual;
    }

    /// <summary>The file's name, without its directory.</summary>
    public string Segment { get; }

    /// <summary>The offset in the file, in bytes.</summary>
    public long Offset { get; }

    /// <summary>The log index of the damaged record; 0 if the damage is not in a record.</summary>
    public long Index { get; }

    /// <summary>What should stand there.</summary>
    public ulong Expected { get; }

    /// <summary>What stands there.</summary>
    public ulong Actual { get; }
}
