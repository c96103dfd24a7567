using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using RaftEngine.Log;
using RaftEngine.Snapshots;
using RaftEngine.Storage;

namespace RaftEngine.LogDump.Reading;

/// <summary>Everything that is in a data directory, checked: hard state, beginning of the log, every record and the chain, tables of offsets, snapshots, and that these
/// belong together.</summary>
internal sealed class DirectoryVerification
{
    private const int Looks = 3;
    private const int MostLooks = 100;
    private const int SlotLooks = 20;
    private const int PauseMilliseconds = 50; // longer than the largest table takes to be written

    private readonly List<Finding> _findings = [];

    private DirectoryVerification(LogInspector inspector, LogVerification log)
    {
        Inspector = inspector;
        Log = log;
    }

    public LogInspector Inspector { get; }

    /// <summary>What was found of the log.</summary>
    public LogVerification Log { get; }

    /// <summary>The snapshots, each read to its end.</summary>
    public IReadOnlyList<SnapshotFacts> Snapshots { get; private set; } = [];

    /// <summary>Damage first, then warnings; in the order in which they were found.</summary>
    public IReadOnlyList<Finding> Findings => _findings;

    public bool IsDamaged => _findings.Exists(static finding => finding.IsDamage);

    /// <summary>Reads and checks a directory.</summary>
    /// <param name="inspector">The log.</param>
    /// <param name="onProgress">Is told how many bytes of records have been read.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="DataDirectoryException">A newer version wrote a file.</exception>
    /// <exception cref="LogCorruptedException">The beginning of the log is damaged.</exception>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public static DirectoryVerification Of(LogInspector inspector, Action<long>? onProgress, CancellationToken cancellationToken)
    {
        DirectoryVerification made = new(inspector, VerifyLog(inspector, onProgress, cancellationToken));
        made.Snapshots = SnapshotFiles.Verify(inspector.Path, cancellationToken);
        made.JudgeLog(cancellationToken);
        made.JudgeSnapshots(cancellationToken);
        made.JudgeTables(cancellationToken);
        made._findings.Sort(static (a, b) => b.IsDamage.CompareTo(a.IsDamage));
        return made;
    }

    // What looks like a torn tail may be a write that is under way: it is believed if it has stayed.
    private static LogVerification VerifyLog(LogInspector inspector, Action<long>? onProgress, CancellationToken cancellationToken)
    {
        LogVerification log = inspector.Verify(onProgress, cancellationToken);
        for (int look = 1; look < MostLooks && log.TornTailBytes > 0; look++)
        {
            cancellationToken.WaitHandle.WaitOne(PauseMilliseconds);
            LogVerification end = inspector.VerifyEnd(cancellationToken);
            if (end.Damage is null && (end.LastIndex, end.TornTailBytes) == (log.LastIndex, log.TornTailBytes))
            {
                break;
            }

            log = inspector.Verify(onProgress, cancellationToken);
        }

        return log;
    }

    private void JudgeLog(CancellationToken cancellationToken)
    {
        if (Log.Damage is { } damage)
        {
            _findings.Add(new Finding(true, damage.Segment, damage.Offset, damage.Index, damage.Message));
        }

        if (Log.TornTailBytes > 0)
        {
            string what = $"behind the last record, {Log.LastIndex}, stand {Log.TornTailBytes} bytes of a write that has not finished; the node cuts them when it opens the log.";
            _findings.Add(new Finding(false, LastSegment(), Log.LastSegmentEnd, Log.LastIndex + 1, what));
        }

        if (HasStaleSlot(cancellationToken))
        {
            _findings.Add(new Finding(false, HardStateFile.Name, -1, 0, "one of the two slots of the hard state does not hold what the other one holds; the node makes it whole."));
        }
    }

    // In the middle of a save the second slot is one save behind, for as long as a sync takes. It is believed to be left so if it has stayed for a second; one that is spoiled,
    // if it is so again.
    private bool HasStaleSlot(CancellationToken cancellationToken)
    {
        LogInspector seen = Inspector;
        int same = 0;
        for (int look = 1; look < MostLooks && seen.HasStaleHardStateSlot && same < (seen.IsSlotOneBehind ? SlotLooks : 1); look++)
        {
            cancellationToken.WaitHandle.WaitOne(PauseMilliseconds);
            cancellationToken.ThrowIfCancellationRequested();
            LogInspector now = LogInspector.Open(Inspector.Path);
            same = now.HardStateSequence == seen.HardStateSequence ? same + 1 : 0;
            seen = now;
        }

        return seen.HasStaleHardStateSlot;
    }

    private string LastSegment()
    {
        using FileSystemDirectory directory = FileSystemDirectory.OpenExisting(Inspector.Path);
        long[] all = LogRecovery.ListSegments(directory);
        return all.Length == 0 ? "" : SegmentFormat.NameOf(all[^1]);
    }

    private void JudgeSnapshots(CancellationToken cancellationToken)
    {
        foreach (SnapshotFacts snapshot in Snapshots)
        {
            if (snapshot.Damage is { } damage)
            {
                _findings.Add(new Finding(true, snapshot.Name, damage.Offset, 0, damage.Message));
            }
            else
            {
                JudgeAgainstLog(snapshot, cancellationToken);
            }
        }

        long newest = Snapshots.Count == 0 ? 0 : Snapshots[^1].Header?.Index ?? 0;
        if (Log.FirstIndex > 1 && newest < Log.FirstIndex - 1 && Snapshots.All(static snapshot => snapshot.Damage is null))
        {
            _findings.Add(new Finding(true, LogStartFile.Name, -1, 0, $"the log begins at index {Log.FirstIndex}, and no snapshot holds what is before."));
        }
    }

    // A snapshot stands for the log up to its index: owner, and term and chain value there, must be the log's own.
    private void JudgeAgainstLog(SnapshotFacts snapshot, CancellationToken cancellationToken)
    {
        SnapshotHeader header = snapshot.Header!;
        if (header.ClusterId != Inspector.Owner.ClusterId || header.GroupId != Inspector.Owner.GroupId)
        {
            _findings.Add(new Finding(true, snapshot.Name, 32, 0, $"it is of cluster {header.ClusterId}, group {header.GroupId}, and not of this log's."));
        }

        if (header.Index > Log.LastIndex && Log.Damage is null)
        {
            string beyond = $"the snapshot ends at index {header.Index}, the log at {Log.LastIndex}; the node begins a new log behind it.";
            _findings.Add(new Finding(false, snapshot.Name, -1, header.Index, beyond));
            return;
        }

        LogStart start = Inspector.ReadStart();
        (long Term, ulong Chain)? found = header.Index == start.FirstIndex - 1 ? (start.PreviousTerm, start.ChainSeed) : null;
        if (header.Index >= start.FirstIndex && header.Index <= Log.LastIndex)
        {
            Inspector.Visit(header.Index, header.Index, (_, _, record) =>
            {
                found = (record.Term, record.Chain);
                return false;
            }, cancellationToken);
        }

        if (found is { } inLog && inLog != (header.Term, header.Chain))
        {
            string what = $"the snapshot says of index {header.Index}: term {header.Term}, chain {header.Chain:x16}; the log says: term {inLog.Term}, chain {inLog.Chain:x16}.";
            _findings.Add(new Finding(true, snapshot.Name, 64, header.Index, what));
        }
    }

    // A table is worth nothing by itself: the node makes one that is missing or damaged anew. One that is not whole may just be being written.
    private void JudgeTables(CancellationToken cancellationToken)
    {
        if (Log.Damage is not null)
        {
            return;
        }

        HashSet<string> damaged = DamagedTables(cancellationToken);
        for (int look = 2; look <= Looks && damaged.Count > 0; look++)
        {
            cancellationToken.WaitHandle.WaitOne(PauseMilliseconds);
            damaged.IntersectWith(DamagedTables(cancellationToken));
        }

        foreach (string name in damaged)
        {
            _findings.Add(new Finding(false, name, -1, 0, "the table of offsets is damaged, or not that of the segment's records; the node makes it anew."));
        }
    }

    private HashSet<string> DamagedTables(CancellationToken cancellationToken)
    {
        using FileSystemDirectory directory = FileSystemDirectory.OpenExisting(Inspector.Path);
        string[] names = directory.List();
        return
        [
            .. SegmentFile.ReadFacts(Inspector, cancellationToken)
                .Where(static facts => !facts.HasTable && facts.Segment.IsSealed)
                .Select(static facts => OffsetTable.NameOf(facts.Segment.FirstIndex))
                .Where(name => Array.IndexOf(names, name) >= 0),
        ];
    }
}
