using System;
using RaftEngine.Storage;

namespace RaftEngine.Log;

/// <summary>
/// Cuts a torn tail, as opening the log would, and nothing else: no segment is made, sealed or removed, and no other file is written. For the log of a node that does not run.
/// </summary>
/// <param name="Segment">The segment's file.</param>
/// <param name="Offset">Where its last record ends, and the torn write begins.</param>
/// <param name="LastIndex">The last record's index.</param>
/// <param name="Bytes">How much is cut, in bytes.</param>
internal sealed record TornTail(string Segment, long Offset, long LastIndex, long Bytes)
{
    /// <summary>What would be cut; null if the log ends cleanly.</summary>
    /// <exception cref="LogCorruptedException">The log is damaged.</exception>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public static TornTail? Find(LogInspector inspector)
    {
        LogVerification log = inspector.Verify();
        return log.Damage is not null ? throw log.Damage : log.TornTailBytes == 0 ? null : Of(inspector);
    }

    /// <summary>Cuts it. The directory's lock is held meanwhile; when this returns, the cut is on disk.</summary>
    /// <param name="inspector">The directory.</param>
    /// <param name="keepCopy">Is given the segment's file, as it is, before anything is changed.</param>
    /// <returns>What was cut; null if there was nothing to be cut.</returns>
    /// <exception cref="DataDirectoryException">A node has the directory open.</exception>
    /// <exception cref="LogCorruptedException">The log is damaged. Nothing was changed.</exception>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public static TornTail? Cut(LogInspector inspector, Action<string> keepCopy)
    {
        using FileSystemDirectory directory = inspector.OpenDirectory();
        using IDisposable @lock = directory.TryLock(DataDirectory.LockName)
            ?? throw new DataDirectoryException(directory.Path, "another process, or another node in this one, has it open.");
        TornTail? torn = Find(inspector);
        if (torn is not null)
        {
            keepCopy(torn.Segment);
            torn.Cut(inspector, directory);
        }

        return torn;
    }

    private static TornTail Of(LogInspector inspector)
    {
        using FileSystemDirectory directory = inspector.OpenDirectory();
        string name = SegmentFormat.NameOf(inspector.Look(directory).FirstIndexes[^1]);
        using SegmentCopy copy = inspector.TryOpenSegment(directory, name, out SegmentHeader header)
            ?? throw LogCorruptedException.Missing(name);
        SegmentTail tail = TailOf(copy, name, header, inspector.IsSingleSegment, out int end, out long lastIndex);
        return new TornTail(name, end, lastIndex, tail.TornBytes);
    }

    // Records that no mark proves to be synced are written again and synced before a mark says that they are, as when a
    // log is opened.
    private void Cut(LogInspector inspector, FileSystemDirectory directory)
    {
        using IStorageFile file = directory.Open(Segment);
        using SegmentCopy copy = inspector.TryOpenSegment(directory, Segment, out SegmentHeader header)
            ?? throw new LogCorruptedException(Segment, 0, 0, "segments of this name", 1, 0);
        SegmentTail tail = TailOf(copy, Segment, header, inspector.IsSingleSegment, out int end, out _);
        TailMark newest = tail.NewestMark;
        StorageRepair.Rewrite(file, newest.SyncedThrough > SegmentFormat.HeaderBytes ? newest.SyncedThrough : 0, end);
        file.Sync();
        SegmentEraser.Erase(file, header, new TailMark(end, newest.Sequence + 1, end, newest.UnsyncedBound), tail.LastWritten);
        file.Sync();
    }

    private static SegmentTail TailOf(SegmentCopy copy, string name, in SegmentHeader header, bool isAlone, out int end, out long lastIndex)
    {
        SegmentScanner scanner = new(copy, name, header);
        while (scanner.MoveNext())
        {
        }

        end = scanner.End;
        lastIndex = scanner.LastIndex;
        return scanner.JudgeTail(isAlone);
    }
}
