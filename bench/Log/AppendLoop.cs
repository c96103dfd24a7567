using System;
using System.Diagnostics;
using RaftEngine.Bench.Measuring;
using RaftEngine.Log;
using RaftEngine.Protocol;

namespace RaftEngine.Bench.Log;

/// <summary>
/// Appends groups to a log without syncing them, and takes the times: of appending, which leaves a group in memory, and with the write that makes it part of the file.
/// </summary>
internal sealed class AppendLoop : IDisposable
{
    private readonly DataDirectory _directory;
    private readonly byte[] _payload;
    private readonly int _records;

    /// <summary>A loop on a new log.</summary>
    /// <param name="path">The log's directory.</param>
    /// <param name="payload">Each entry.</param>
    /// <param name="records">Entries in a group.</param>
    public AppendLoop(string path, byte[] payload, int records)
    {
        _directory = DataDirectory.Open(path, Workspace.Options with { MaxUnsyncedBytes = 0 });
        _payload = payload;
        _records = records;
    }

    /// <summary>Appends groups.</summary>
    /// <returns>Nanoseconds an entry: in memory, and written.</returns>
    public (double InMemory, double Written) Run(int groups)
    {
        SegmentedLog log = _directory.Log;
        long appending = 0;
        long start = Stopwatch.GetTimestamp();
        long before = start;
        for (int i = 0; i < groups; i++)
        {
            for (int j = 0; j < _records; j++)
            {
                log.Append(EntryKind.Command, 1, _payload);
            }

            appending += Stopwatch.GetTimestamp() - before;
            log.Flush();
            before = Stopwatch.GetTimestamp();
        }

        double entries = (double)groups * _records;
        (double, double) result = (Nanoseconds(appending) / entries, Nanoseconds(before - start) / entries);
        log.CompactTo(log.LastIndex); // there are no readers: full segments are used again
        return result;
    }

    /// <summary>Bytes allocated for an entry, on the appending thread, by entries that fit into the segment and by many segments' worth of them on all threads.</summary>
    public (double InSegment, double WithRolls) MeasureAllocation(int groups)
    {
        Run(groups); // every path has been taken once
        SegmentedLog log = _directory.Log;
        long least = long.MaxValue;
        for (int attempt = 0; attempt < 5; attempt++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int j = 0; j < _records; j++)
            {
                log.Append(EntryKind.Command, 1, _payload);
            }

            log.Flush();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        long allBefore = GC.GetTotalAllocatedBytes(precise: true);
        Run(groups);
        long all = GC.GetTotalAllocatedBytes(precise: true) - allBefore;
        return ((double)least / _records, all / ((double)groups * _records));
    }

    public void Dispose() => _directory.Abandon();

    private static double Nanoseconds(long ticks) => ticks * (1e9 / Stopwatch.Frequency);
}
