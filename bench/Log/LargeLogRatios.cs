using System;
using System.Collections.Generic;
using System.Diagnostics;
using RaftEngine.Bench.Measuring;
using RaftEngine.Log;

namespace RaftEngine.Bench.Log;

/// <summary>Recovery, opening and reading of a log of 1 GiB: recovery beside CRC-64 over the same bytes in memory, opening beside recovery, reading beside pread.</summary>
internal sealed class LargeLogRatios(Workspace workspace, Effort effort)
{
    /// <summary>Measures them all.</summary>
    public IEnumerable<Row> Measure()
    {
        LargeLog log = new(workspace.NewPath(), effort);
        using (RecordBytes bytes = new(log))
        {
            yield return Rounds.Run(effort.Rounds(7), () => TimeOpen(log, isTrusting: false), bytes.TimeChain)
                .BaselineByOurs("recovery of 1 GiB, all verified: CRC-64 of each record / ours", "ms", 0.8, Row.AtLeast);
            yield return Rounds.Run(effort.Rounds(5), () => TimeOpen(log, isTrusting: false), bytes.TimeBlocks)
                .BaselineByOurs("recovery of 1 GiB, all verified: CRC-64 of each segment in one / ours", "ms");
        }

        yield return Rounds.Run(effort.Rounds(9), () => TimeOpen(log, isTrusting: true), () => TimeOpen(log, isTrusting: false))
            .OursByBaseline("open of 1 GiB, sealed segments trusted / recovery, all verified", "ms", 0.05, Row.AtMost);

        foreach (Row row in new ReadRatios(log, effort).Measure())
        {
            yield return row;
        }
    }

    // Closing is not part of opening.
    private static double TimeOpen(LargeLog log, bool isTrusting)
    {
        long start = Stopwatch.GetTimestamp();
        DataDirectory directory = log.Open(isTrusting);
        double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        if (directory.Log.LastIndex != log.Records)
        {
            throw new InvalidOperationException($"The log opened with {directory.Log.LastIndex} records instead of {log.Records}.");
        }

        directory.Dispose();
        return milliseconds;
    }
}
