using System;
using System.Collections.Generic;
using System.Diagnostics;
using FASTER.core;
using RaftEngine.Bench.Baselines;
using RaftEngine.Bench.Measuring;

namespace RaftEngine.Bench.Log;

/// <summary>Appending without a sync: beside FasterLog with a checksum for each entry, and beside the roofline.</summary>
internal sealed class AppendRatios(Workspace workspace, Effort effort)
{
    private const int GroupBytes = 256 << 10;

    /// <summary>Measures them all.</summary>
    public IEnumerable<Row> Measure()
    {
        byte[] payload = Payload(256);
        using (AppendLoop loop = new(workspace.NewPath(), payload, records: 256))
        {
            yield return AgainstFasterInMemory(loop, payload);
            yield return AgainstFasterOnFile(loop, payload);
            (double inSegment, double withRolls) = loop.MeasureAllocation(effort.Count(2000));
            yield return Allocation("append 256 B: bytes allocated per entry", inSegment, 0);
            yield return Allocation("append 256 B: bytes allocated per entry, on all threads, rolls included", withRolls, null);
        }

        foreach (int bytes in (int[])[256, 1 << 10, 4 << 10, 64 << 10])
        {
            foreach (Row row in AgainstRoofline(bytes))
            {
                yield return row;
            }
        }
    }

    private static byte[] Payload(int bytes)
    {
        byte[] payload = new byte[bytes];
        new Random(1).NextBytes(payload);
        return payload;
    }

    private static Row Allocation(string name, double bytes, double? goal) => new(name, bytes, goal, goal is null ? null : Row.AtMost, bytes, 0, "B") { RatioIs = "ours" };

    private Row AgainstFasterInMemory(AppendLoop loop, byte[] payload)
    {
        const int groups = 32;
        using FasterLog faster = FasterLogs.ForEnqueueing(null);
        return Rounds.Run(effort.Rounds(41), () => loop.Run(groups).InMemory, () => TimeEnqueues(faster, payload, groups * 256, isFlushed: false))
            .OursByBaseline("append 256 B to memory / FasterLog", "ns/entry", 1.0, Row.AtMost);
    }

    private Row AgainstFasterOnFile(AppendLoop loop, byte[] payload)
    {
        int groups = effort.Count(256);
        using ZeroedFile file = new(workspace.NewPath(), FasterLogs.FileBytes);
        using FileDevice device = new(file, isSynced: false);
        using FasterLog faster = FasterLogs.ForEnqueueing(device);
        return Rounds.Run(effort.Rounds(21), () => loop.Run(groups).Written, () => TimeEnqueues(faster, payload, groups * 256, isFlushed: true))
            .OursByBaseline("append 256 B to the file / FasterLog", "ns/entry", 1.0, Row.AtMost);
    }

    private IEnumerable<Row> AgainstRoofline(int payloadBytes)
    {
        byte[] payload = Payload(payloadBytes);
        int records = Math.Min(256, GroupBytes / payloadBytes);
        int groups = Math.Max(4, (4 << 20) / (records * payloadBytes));
        using AppendLoop loop = new(workspace.NewPath(), payload, records);
        using ZeroedFile file = new(workspace.NewPath(), 16 << 20);
        Roofline roofline = new(payloadBytes, records);
        string size = payloadBytes < 1024 ? $"{payloadBytes} B" : $"{payloadBytes / 1024} KiB";
        yield return Rounds.Run(effort.Rounds(41), () => loop.Run(groups).InMemory, () => TimeRoofline(roofline, payload, groups, null))
            .BaselineByOurs($"append {size} to memory: roofline (copy + CRC-64) / ours", "ns/entry", 0.6, Row.AtLeast);
        yield return Rounds.Run(effort.Rounds(41), () => loop.Run(groups).Written, () => TimeRoofline(roofline, payload, groups, file))
            .BaselineByOurs($"append {size} to the file: roofline (copy + CRC-64 + pwrite) / ours", "ns/entry", 0.6, Row.AtLeast);
    }

    private static double TimeRoofline(Roofline roofline, byte[] payload, int groups, ZeroedFile? file)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < groups; i++)
        {
            roofline.Fill(payload);
            file?.Write(roofline.Group, roofline.Group.Length);
        }

        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / ((double)groups * roofline.Records);
    }

    private static double TimeEnqueues(FasterLog log, byte[] payload, int entries, bool isFlushed)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < entries; i++)
        {
            log.Enqueue(payload.AsSpan());
        }

        if (isFlushed)
        {
            log.Commit(spinWait: true);
        }

        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / entries;
    }
}
