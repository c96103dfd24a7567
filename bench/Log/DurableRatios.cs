using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using RaftEngine.Bench.Baselines;
using RaftEngine.Bench.Measuring;
using RaftEngine.Log;
using RaftEngine.Protocol;

namespace RaftEngine.Bench.Log;

/// <summary>Durable appends: one caller beside a raw loop of pwrite and fdatasync, and many callers beside FasterLog, equally durable.</summary>
internal sealed class DurableRatios(Workspace workspace, Effort effort)
{
    private readonly byte[] _payload = new byte[256];

    /// <summary>Measures them all.</summary>
    public IEnumerable<Row> Measure()
    {
        Random.Shared.NextBytes(_payload);
        using DataDirectory directory = DataDirectory.Open(workspace.NewPath(), Workspace.Options);
        yield return OneCallerAgainstRaw(directory.Log);
        yield return OneCallerAgainstFileStream(directory.Log);

        FillSegments(directory.Log);
        using ZeroedFile file = new(workspace.NewPath(), FasterLogs.FileBytes);
        foreach (int callers in (int[])[1, 16, 64, 256, 1024])
        {
            yield return CallersAgainstFaster(directory.Log, file, callers, callers == 256);
        }
    }

    // From here on the log is one that has long been running, and is compacted as it grows: its segments' files are used again, and no new ones are prepared.
    private void FillSegments(SegmentedLog log)
    {
        for (long end = log.LastIndex + (effort.Count(3) * (long)Workspace.Options.SegmentSizeBytes / _payload.Length); log.LastIndex < end;)
        {
            for (int i = 0; i < 4096; i++)
            {
                log.Append(EntryKind.Command, 1, _payload);
            }

            Sync(log);
            log.CompactTo(log.DurableIndex);
        }
    }

    private Row OneCallerAgainstRaw(SegmentedLog log)
    {
        using ZeroedFile file = new(workspace.NewPath(), 16 << 20);
        Roofline group = new(_payload.Length, records: 1);
        int count = effort.Count(40);
        return Rounds.Run(effort.Rounds(61), () => Rate(count, () => AppendDurably(log)), () => Rate(count, () => WriteAndSync(file, group)))
            .OursByBaseline("durable append, 1 caller / raw pwrite + fdatasync", "entries/s", 0.9, Row.AtLeast) with
        { EntriesPerSync = 1, BaselineEntriesPerSync = 1 };
    }

    private Row OneCallerAgainstFileStream(SegmentedLog log)
    {
        string path = workspace.NewPath();
        new ZeroedFile(path, 16 << 20).Dispose();
        using FileStream stream = new(path, FileMode.Open, FileAccess.Write);
        int count = effort.Count(40);
        return Rounds.Run(effort.Rounds(11), () => Rate(count, () => AppendDurably(log)), () => Rate(count, () => WriteAndFlush(stream)))
            .OursByBaseline("durable append, 1 caller / FileStream.Flush(true)", "entries/s") with
        { EntriesPerSync = 1, BaselineEntriesPerSync = 1 };
    }

    private Row CallersAgainstFaster(SegmentedLog log, ZeroedFile file, int callers, bool hasGoal)
    {
        using GroupCommit ours = new(log);
        using FileDevice device = new(file, isSynced: true);
        using FasterCommit faster = new(device);
        Callers ourCallers = new(callers, _payload, effort.CallersRound);
        Callers theirCallers = new(callers, _payload, effort.CallersRound);
        long syncsBefore = log.SyncCount;
        long writesBefore = device.Writes;
        Row row = Rounds.Run(effort.Rounds(hasGoal ? 11 : 5), () => ourCallers.RateOf(ours), () => theirCallers.RateOf(faster)).OursByBaseline(
            $"durable append, {callers} {(callers == 1 ? "caller" : "callers")} through a group commit / FasterLog",
            "entries/s",
            hasGoal ? 1.5 : null,
            hasGoal ? Row.AtLeast : null);
        return row with
        {
            EntriesPerSync = (double)ourCallers.Entries / (log.SyncCount - syncsBefore),
            BaselineEntriesPerSync = (double)theirCallers.Entries / (device.Writes - writesBefore),
        };
    }

    private static double Rate(int count, Action append)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
        {
            append();
        }

        return count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private void AppendDurably(SegmentedLog log)
    {
        log.Append(EntryKind.Command, 1, _payload);
        Sync(log);
    }

    private static void Sync(SegmentedLog log)
    {
        log.Flush();
        SyncTicket ticket = log.PrepareSync();
        log.Sync(ticket);
        log.CompleteSync(ticket);
    }

    // As many bytes as the log writes, mark included, and as far on.
    private void WriteAndSync(ZeroedFile file, Roofline group)
    {
        file.Write(group.Group, group.Group.Length - TailMark.SizeInBytes);
        file.Sync();
    }

    private void WriteAndFlush(FileStream stream)
    {
        stream.Write(_payload);
        stream.Flush(flushToDisk: true);
    }
}
