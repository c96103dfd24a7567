using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using RaftEngine.Log;
using RaftEngine.Snapshots;
using RaftEngine.Storage;

namespace RaftEngine.LogDump.Reading;

/// <summary>Everything that is in a data directory, checked: hard state, beginning of the log, every record and the chain, tables of offsets, snapshots, and that these
/// belong together. Likewise a single segment, or a backup. What a node may be changing at this moment is looked at
/// again before it is a finding.</summary>
internal sealed class DirectoryVerification
{
    private const int Looks = 3;
    private const int MostLooks = 100;
    private const int SlotLooks = 20;

    private readonly Looking _looking;
    private readonly List<Finding> _findings = [];

    private DirectoryVerification(Looking looking) => _looking = looking;

    /// <summary>The log; null if not even its owner can be told, and of a backup.</summary>
    public LogInspector? Inspector { get; private init; }

    /// <summary>What was found of the log; null if nothing could be read of it.</summary>
    public LogVerification? Log { get; private set; }

    /// <summary>The snapshots, each read to its end, but for a quick look.</summary>
    public IReadOnlyList<SnapshotFacts> Snapshots { get; private set; } = [];

    /// <summary>Damage first, then warnings; in the order in which they were found.</summary>
    public IReadOnlyList<Finding> Findings => _findings;

    public bool IsDamaged => _findings.Exists(static finding => finding.IsDamage);

    /// <summary>Reads and checks a directory, a segment or a backup.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="looking">How it is looked at.</param>
    /// <exception cref="DataDirectoryException">It is none of these, or a newer version wrote a file.</exception>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public static DirectoryVerification Of(string path, Looking looking)
    {
        DirectoryVerification made = new(looking);
        if (Subject.IsBackup(path))
        {
            made.Snapshots = [SnapshotFiles.VerifyFile(path, looking.CancellationToken)];
            made._findings.AddRange(made.JudgeSnapshots(made.Snapshots, null));
            return made;
        }

        try
        {
            return Of(Subject.OpenLog(path), looking);
        }
        catch (LogCorruptedException damage)
        {
            made.Add(damage);
            made.Snapshots = Directory.Exists(path) ? made.ReadSnapshots(path) : [];
            made._findings.AddRange(made.JudgeSnapshots(made.Snapshots, null));
            return made;
        }
    }

    /// <summary>Reads and checks a log that has been opened.</summary>
    /// <exception cref="DataDirectoryException">A newer version wrote a file.</exception>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public static DirectoryVerification Of(LogInspector inspector, Looking looking)
    {
        DirectoryVerification made = new(looking) { Inspector = inspector };
        made.Judge(inspector);
        Finding[] found = [.. made._findings.OrderByDescending(static finding => finding.IsDamage)];
        made._findings.Clear();
        made._findings.AddRange(found);
        return made;
    }

    private void Judge(LogInspector inspector)
    {
        LogVerification log = VerifyLog(inspector);
        Log = log.FirstIndex > 0 ? log : null; // not even the beginning of the log could be read
        if (log.Damage is not null)
        {
            Add(log.Damage);
        }

        if (log.TornTailBytes > 0)
        {
            string what = $"behind the last record, {log.LastIndex}, stand {log.TornTailBytes} bytes of a write that has not finished; the node cuts them when it opens the log.";
            _findings.Add(new Finding(false, LastSegment(inspector), log.LastSegmentEnd, log.LastIndex + 1, what));
        }

        if (inspector.IsSingleSegment)
        {
            return;
        }

        if (HasStaleSlot(inspector))
        {
            _findings.Add(new Finding(false, HardStateFile.Name, -1, 0,
                "one of the two slots of the hard state does not hold what the other one holds; the node makes it whole."));
        }

        JudgeSnapshots(inspector);
        if (log.Damage is null)
        {
            JudgeTables(inspector);
        }
    }

    private void Add(LogCorruptedException damage) =>
        _findings.Add(new Finding(true, damage.Segment, damage.IsMissing ? -1 : damage.Offset, damage.Index,
            damage.Message));

    // What looks torn may be a write that is under way: it is believed if it has stayed. (Damage has been looked at
    // again.)
    private LogVerification VerifyLog(LogInspector inspector)
    {
        LogVerification log = Verify(inspector);
        for (int look = 1; look < MostLooks; look++)
        {
            if (log.Damage is not null || log.TornTailBytes == 0)
            {
                return log;
            }

            _looking.Pause();
            LogVerification end = inspector.VerifyEnd(_looking.CancellationToken);
            if (end.Damage is null && (end.LastIndex, end.TornTailBytes) == (log.LastIndex, log.TornTailBytes))
            {
                return log;
            }

            log = Verify(inspector);
        }

        return log with { TornTailBytes = 0 }; // another tail each time: a node is writing it
    }

    private LogVerification Verify(LogInspector inspector) => _looking.IsQuick
        ? inspector.VerifyEnd(_looking.CancellationToken)
        : inspector.Verify(_looking.OnProgress, _looking.CancellationToken);

    // In the middle of a save the second slot is one save behind, for as long as a sync takes. It is believed to be left so if it has stayed for a second; one that is spoiled,
    // if it is so again.
    private bool HasStaleSlot(LogInspector inspector)
    {
        LogInspector seen = inspector;
        int same = 0;
        for (int look = 1; look < MostLooks && seen.HasStaleHardStateSlot; look++)
        {
            if (same >= (seen.IsSlotOneBehind ? SlotLooks : 1))
            {
                return true;
            }

            _looking.Pause();
            LogInspector now = LogInspector.Open(inspector.Path);
            same = now.HardStateSequence == seen.HardStateSequence ? same + 1 : 0;
            seen = now;
        }

        return false;
    }

    private static string LastSegment(LogInspector inspector)
    {
        using FileSystemDirectory directory = inspector.OpenDirectory();
        long[] all = LogRecovery.ListSegments(directory);
        return all.Length == 0 ? "" : SegmentFormat.NameOf(all[^1]);
    }

    private List<SnapshotFacts> ReadSnapshots(string path) =>
        _looking.IsQuick ? SnapshotFiles.Read(path) : SnapshotFiles.Verify(path, _looking.CancellationToken);

    // A node that replaces its snapshot, and compacts its log, between one look at the log and one at the snapshots
    // makes them look as if they did not belong together.
    private void JudgeSnapshots(LogInspector inspector)
    {
        Snapshots = ReadSnapshots(inspector.Path);
        List<Finding> found = JudgeSnapshots(Snapshots, Log);
        for (int look = 2; look <= Looks && found.Count > 0; look++)
        {
            _looking.Pause();
            LogVerification end = inspector.VerifyEnd(_looking.CancellationToken);
            Snapshots = ReadSnapshots(inspector.Path);
            List<Finding> again = JudgeSnapshots(Snapshots, Log is null || Log.Damage is not null ? Log : end);
            found.RemoveAll(finding => !again.Contains(finding));
        }

        _findings.AddRange(found);
    }

    private List<Finding> JudgeSnapshots(IReadOnlyList<SnapshotFacts> snapshots, LogVerification? log)
    {
        List<Finding> found = [];
        foreach (SnapshotFacts snapshot in snapshots)
        {
            if (snapshot.Damage is { } damage)
            {
                found.Add(new Finding(true, snapshot.Name, damage.Offset, 0, damage.Message));
            }
            else if (log is not null && JudgeAgainstLog(snapshot, log) is { } finding)
            {
                found.Add(finding);
            }
        }

        long newest = snapshots.Count == 0 ? 0 : snapshots[^1].Header?.Index ?? 0;
        if (log is not null && log.FirstIndex > 1
            && newest < log.FirstIndex - 1 && snapshots.All(static snapshot => snapshot.Damage is null))
        {
            string what = $"{LogStartFile.Name} says that the log begins at index {log.FirstIndex}, and no snapshot holds what is before: it is missing.";
            found.Add(new Finding(true, LogStartFile.Name, -1, 0, what));
        }

        return found;
    }

    // A snapshot stands for the log up to its index: owner, and term and chain value there, must be the log's own.
    private Finding? JudgeAgainstLog(SnapshotFacts snapshot, LogVerification log)
    {
        SnapshotHeader header = snapshot.Header!;
        LogOwner owner = Inspector!.Owner;
        if (header.ClusterId != owner.ClusterId || header.GroupId != owner.GroupId)
        {
            return new Finding(true, snapshot.Name, 32, 0,
                $"it is of cluster {header.ClusterId}, group {header.GroupId}, and not of this log's.");
        }

        if (header.Index > log.LastIndex && log.Damage is null)
        {
            string beyond = $"the snapshot ends at index {header.Index}, the log at {log.LastIndex}; the node begins a new log behind it.";
            return new Finding(false, snapshot.Name, -1, header.Index, beyond);
        }

        return InLog(header, log) is { } inLog && inLog != (header.Term, header.Chain)
            ? new Finding(
                true,
                snapshot.Name,
                64,
                header.Index,
                $"the snapshot says of index {header.Index}: term {header.Term}, chain {header.Chain:x16}; the log says: term {inLog.Term}, chain {inLog.Chain:x16}.")
            : null;
    }

    // Term and chain value that the log has at a snapshot's index; null if it does not have it, or not any more.
    private (long Term, ulong Chain)? InLog(SnapshotHeader header, LogVerification log)
    {
        try
        {
            LogStart start = Inspector!.ReadStart();
            (long Term, ulong Chain)? found = header.Index == start.FirstIndex - 1
                ? (start.PreviousTerm, start.ChainSeed) : null;
            if (header.Index >= start.FirstIndex && header.Index <= log.LastIndex)
            {
                Inspector.Visit(header.Index, header.Index, (_, _, record) =>
                {
                    found = (record.Term, record.Chain);
                    return false;
                }, _looking.CancellationToken);
            }

            return found;
        }
        catch (LogCorruptedException)
        {
            return null; // the log's own damage is found where the log is read
        }
    }

    // A table is worth nothing by itself: the node makes one that is missing or damaged anew. One that is not whole may just be being written.
    private void JudgeTables(LogInspector inspector)
    {
        HashSet<string> damaged = SegmentFile.DamagedTables(inspector);
        for (int look = 2; look <= Looks && damaged.Count > 0; look++)
        {
            _looking.Pause();
            damaged.IntersectWith(SegmentFile.DamagedTables(inspector));
        }

        foreach (string name in damaged)
        {
            _findings.Add(new Finding(false, name, -1, 0, "the table of offsets is damaged, or not that of the segment's records; the node makes it anew."));
        }
    }
}
