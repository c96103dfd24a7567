using System;
using System.Globalization;
using RaftEngine.Storage;

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
            $"Log corrupted: {KindOf(segment)} {segment}, offset {offset}{(index == 0 ? "" : $", index {index}")}: {DamagedValue.Tell(what, expected, actual)}"))
    {
        Segment = segment;
        Offset = offset;
        Index = index;
        Expected = expected;
        Actual = actual;
    }

    private LogCorruptedException(string file, long index)
        : base(string.Create(
            CultureInfo.InvariantCulture,
                $"Log corrupted: {KindOf(file)} {file} is missing{(index == 0 ? "" : $", and with it the records from index {index} on")}."))
    {
        Segment = file;
        Index = index;
        Expected = 1;
        IsMissing = true;
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

    /// <summary>True if the file is not there at all.</summary>
    public bool IsMissing { get; }

    /// <summary>A file that must be there is not.</summary>
    /// <param name="file">The file's name, without its directory.</param>
    /// <param name="index">The index of the first record that is missing with it; 0 if it holds none.</param>
    internal static LogCorruptedException Missing(string file, long index = 0) => new(file, index);

    private static string KindOf(string file) => file.EndsWith(SegmentFormat.Extension, StringComparison.Ordinal)
        ? "segment" : "file";
}
