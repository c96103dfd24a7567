using System;
using System.Collections.Immutable;
using System.Threading;
using RaftEngine.Protocol;
using RaftEngine.Storage;

namespace RaftEngine.Log;

/// <summary>
/// Reads a data directory without changing it: takes no lock, writes nothing, and may be used while the node runs.
/// What is looked at is read into memory of its own, a few MiB at
/// a time: a file that somebody cuts short meanwhile is reported, where a mapping would end this process by a signal.
/// </summary>
/// <remarks>
/// On a live directory a record may be half written, a segment sealed or removed, at the very moment it is looked at. What looks like damage is therefore read again, and believed
/// once it looks the same three times in a row. Any thread, one at a time.
/// </remarks>
public sealed partial class LogInspector
{
    private readonly SegmentHeader? _single; // of the only segment that is looked at
    private readonly string _singleName = "";

    private LogInspector(string path, in HardStateRecord hardState, int staleSlot, bool isOneBehind)
    {
        Path = path;
        HardState = hardState.State;
        Owner = hardState.Owner;
        HardStateSequence = hardState.Sequence;
        Recoveries = hardState.Recoveries;
        Origin = hardState.Origin;
        FirstVoters = hardState.FirstVoters;
        Incarnation = hardState.Incarnation;
        IsFounder = hardState.IsFounder;
        HasStaleHardStateSlot = staleSlot >= 0;
        IsSlotOneBehind = isOneBehind;
    }

    private LogInspector(string path, string name, in SegmentHeader header)
    {
        Path = path;
        Owner = new LogOwner(default, default, default, header.LogId);
        _single = header;
        _singleName = name;
    }

    /// <summary>Term and vote, as they were when the directory was opened.</summary>
    public HardState HardState { get; }

    /// <summary>Whose directory it is.</summary>
    public LogOwner Owner { get; }

    /// <summary>How often term and vote were saved, the making of the directory included.</summary>
    public long HardStateSequence { get; }

    /// <summary>How often the node was recovered after a lost quorum.</summary>
    public long Recoveries { get; }

    /// <summary>How the directory began.</summary>
    public DirectoryOrigin Origin { get; }

    /// <summary>The voters that it bootstrapped with; null if it did not, or that is not known.</summary>
    public Configuration? FirstVoters { get; }

    /// <summary>What names the directory in configurations and messages.</summary>
    internal ulong Incarnation { get; }

    /// <summary>True if it is the member that a configuration means which knows no incarnation.</summary>
    internal bool IsFounder { get; }

    /// <summary>True if one slot of the hard state does not hold what the other one holds: a crash or the disk has spoiled it, or it was being saved. The node makes it
    /// whole.</summary>
    public bool HasStaleHardStateSlot { get; }

    /// <summary>True if the stale slot is one save behind: so it is in the middle of a save, which may be under way, or may have been cut off by a crash.</summary>
    internal bool IsSlotOneBehind { get; }

    /// <summary>The directory's full path.</summary>
    public string Path { get; }

    /// <summary>True if nothing has ever been saved.</summary>
    internal bool IsNew => HardStateSequence == 1;

    /// <summary>True if it is a single segment, of which neither owner nor hard state is known.</summary>
    internal bool IsSingleSegment => _single is not null;

    /// <summary>Opens a directory.</summary>
    /// <param name="path">The data directory of a node.</param>
    /// <returns>Its inspector. It holds nothing open.</returns>
    /// <exception cref="DataDirectoryException">It is no data directory, or a newer version wrote it.</exception>
    /// <exception cref="LogCorruptedException">The hard state is damaged.</exception>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public static LogInspector Open(string path)
    {
        using FileSystemDirectory directory = FileSystemDirectory.OpenExisting(path);
        using IStorageFile? file = directory.OpenForReading(HardStateFile.Name);
        if (file is null)
        {
            throw Array.Exists(directory.List(), IsOfALog)
                ? HardStateFile.Missing()
                : new DataDirectoryException(directory.Path, "it is no data directory: it has neither a hard state nor segments.");
        }

        // A save spoils one slot at a time.
        return Patiently.Read(() =>
        {
            HardStateRecord hardState = HardStateFile.ReadNewest(file, directory.Path, out int staleSlot, out bool isOneBehind);
            return new LogInspector(directory.Path, hardState, staleSlot, isOneBehind);
        });
    }

    /// <summary>Opens a single segment, wherever it lies and whatever its name: a log that begins and ends with
    /// it.</summary>
    /// <param name="path">The segment's file.</param>
    /// <exception cref="DataDirectoryException">A newer version wrote it.</exception>
    /// <exception cref="LogCorruptedException">Its header is damaged.</exception>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    internal static LogInspector OpenSegment(string path)
    {
        string full = System.IO.Path.GetFullPath(path);
        string parent = System.IO.Path.GetDirectoryName(full)!;
        string name = System.IO.Path.GetFileName(full);
        using FileSystemDirectory directory = FileSystemDirectory.OpenExisting(parent);
        using IStorageFile file = directory.OpenForReading(name) ?? throw LogCorruptedException.Missing(name);
        byte[] page = new byte[SegmentFormat.HeaderBytes];
        int read = file.Read(page, 0);
        (Guid logId, long firstIndex) = SegmentFormat.NamedIn(page);
        string own = SegmentFormat.TryParseName(name, out _)
            || firstIndex <= 0 ? name : SegmentFormat.NameOf(firstIndex);
        return new LogInspector(parent, name, SegmentFormat.Read(page.AsSpan(0, read), parent, own, file.Length,
            logId));
    }

    /// <summary>The directory as it is looked at: all of it, or a single segment under the name that a log would give
    /// it.</summary>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    internal FileSystemDirectory OpenDirectory() => _single is { } header
        ? FileSystemDirectory.OpenFile(Path, _singleName, SegmentFormat.NameOf(header.FirstIndex))
        : FileSystemDirectory.OpenExisting(Path);

    /// <summary>The segments, by their headers, in the order of their indexes.</summary>
    /// <returns>One item a file.</returns>
    /// <exception cref="LogCorruptedException">A header is damaged.</exception>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public ImmutableArray<LogSegmentInfo> ReadSegments()
    {
        using FileSystemDirectory directory = OpenDirectory();
        long[] firstIndexes = ListSegments(directory, ReadStart(directory));
        ImmutableArray<LogSegmentInfo>.Builder infos = ImmutableArray.CreateBuilder<LogSegmentInfo>(firstIndexes.Length);
        for (int i = 0; i < firstIndexes.Length; i++)
        {
            string name = SegmentFormat.NameOf(firstIndexes[i]);
            using IStorageFile? file = directory.OpenForReading(name);
            if (file is not null) // it may have been truncated away since
            {
                SegmentHeader header = LogRecovery.ReadHeader(file, Path, name, Owner.LogId);
                DateTimeOffset created = DateTimeOffset.UnixEpoch.AddTicks(header.CreatedStamp / 100);
                infos.Add(new LogSegmentInfo(name, header.FirstIndex, header.FileSize, i < firstIndexes.Length - 1, header.LogId, created, header.PreviousTerm, header.ChainSeed));
            }
        }

        return infos.DrainToImmutable();
    }

    /// <summary>Verifies every record of the log.</summary>
    /// <param name="onProgress">Is told, every few MiB, how many bytes of records have been read; less again if it had
    /// to start over. May be null.</param>
    /// <param name="cancellationToken">Ends the verification within a few MiB.</param>
    /// <returns>What was found; damage is part of it, not an exception.</returns>
    /// <exception cref="DataDirectoryException">A newer version wrote a segment.</exception>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public LogVerification Verify(Action<long>? onProgress = null, CancellationToken cancellationToken = default)
    {
        LogWalk walk = new(this, 0, long.MaxValue, null, cancellationToken) { OnProgress = onProgress };
        LogCorruptedException? damage = Repeat(walk.Run);
        return walk.Result(damage);
    }

    /// <summary>Verifies the records of the last segment alone, as a node does that trusts the others.</summary>
    internal LogVerification VerifyEnd(CancellationToken cancellationToken)
    {
        LogWalk walk = new(this, long.MaxValue, long.MaxValue, static (_, _, _) => true, cancellationToken);
        LogCorruptedException? damage = Repeat(walk.Run);
        return walk.Result(damage);
    }

    /// <summary>Verifies every record of the log, and shows each to a visitor.</summary>
    internal LogVerification Verify(LogRecordVisitor visitor, Action<long>? onProgress, CancellationToken cancellationToken)
    {
        LogWalk walk = new(this, 0, long.MaxValue, visitor, cancellationToken) { OnProgress = onProgress };
        LogCorruptedException? damage = Repeat(walk.Run);
        return walk.Result(damage);
    }

    /// <summary>Shows a visitor the records of a range, each verified against the one before it. Segments before the range are not read, and of the range's first one, if its table
    /// of offsets is valid, no record before it.</summary>
    /// <param name="fromIndex">The first index; lower ones than the log has are no error.</param>
    /// <param name="toIndex">The last index; higher ones than the log has are no error.</param>
    /// <param name="visitor">Who is shown them. A record that a leader's change replaces during the call may be shown as it was before.</param>
    /// <param name="cancellationToken">Ends it within a few MiB.</param>
    /// <exception cref="LogCorruptedException">A record is damaged. The records before it have been shown.</exception>
    /// <exception cref="DataDirectoryException">A newer version wrote a segment.</exception>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Visit(long fromIndex, long toIndex, LogRecordVisitor visitor, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(visitor);
        if (Repeat(new LogWalk(this, fromIndex, toIndex, visitor, cancellationToken).Run) is { } damage)
        {
            throw damage;
        }
    }

    /// <summary>Shows a visitor the records of a range, the last one first. Segments behind the range are not read.</summary>
    /// <param name="fromIndex">The first index; lower ones than the log has are no error.</param>
    /// <param name="toIndex">The last index, shown first; higher ones than the log has are no error.</param>
    /// <param name="visitor">Who is shown them.</param>
    /// <param name="cancellationToken">Ends it within a few MiB.</param>
    /// <exception cref="LogCorruptedException">A segment is damaged. The records of the segments behind it have been shown.</exception>
    /// <exception cref="DataDirectoryException">A newer version wrote a segment.</exception>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void VisitBackward(long fromIndex, long toIndex, LogRecordVisitor visitor, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(visitor);
        if (Repeat(new BackwardWalk(this, fromIndex, toIndex, visitor, cancellationToken).Run) is { } damage)
        {
            throw damage;
        }
    }

    /// <summary>Where the log begins.</summary>
    internal LogStart ReadStart()
    {
        using FileSystemDirectory directory = OpenDirectory();
        return ReadStart(directory);
    }

    /// <summary>The table of offsets of a sealed segment; null if there is none that is whole and of the segment's records.</summary>
    internal OffsetTable? OpenTable(FileSystemDirectory directory, in SegmentHeader header, long nextFirstIndex)
    {
        OffsetTable? table = null;
        try
        {
            table = OffsetTable.TryOpen(directory, header, isCopied: true);
        }
        catch (StorageFailedException)
        {
            // What cannot be opened, or is no file, is no table: the records tell the same.
        }

        if (table is not null && (header.FirstIndex + table.Records != nextFirstIndex || table.LastChain != ChainSeedOf(directory, nextFirstIndex)))
        {
            table.Dispose();
            return null;
        }

        return table;
    }

    internal LogStart ReadStart(FileSystemDirectory directory) => _single is { } header
        ? new LogStart(header.FirstIndex, header.PreviousTerm, header.ChainSeed, 0)
        : LogStartFile.Read(directory, Owner.LogId, SegmentFormat.FirstChainSeed(Owner.ClusterId, Owner.GroupId));

    // Without those that have been compacted, or were before a reset, but for their files.
    internal long[] ListSegments(FileSystemDirectory directory, LogStart start)
    {
        long[] all = LogRecovery.ListSegments(directory);
        return start.CreatedStamp == 0 ? all : Array.FindAll(all, firstIndex =>
        {
            string name = SegmentFormat.NameOf(firstIndex);
            using IStorageFile? file = directory.OpenForReading(name);
            return file is not null && LogRecovery.ReadHeader(file, Path, name, Owner.LogId).CreatedStamp >= start.CreatedStamp;
        });
    }

    /// <summary>Opens a segment, and checks its header.</summary>
    /// <exception cref="LogCorruptedException">It is not there, or its header is damaged.</exception>
    internal SegmentCopy OpenSegment(FileSystemDirectory directory, long firstIndex, out SegmentHeader header)
    {
        string name = SegmentFormat.NameOf(firstIndex);
        return TryOpenSegment(directory, name, out header) ?? throw LogCorruptedException.Missing(name, firstIndex);
    }

    /// <summary>The same; null if there is none of that name.</summary>
    /// <exception cref="LogCorruptedException">Its header is damaged.</exception>
    internal SegmentCopy? TryOpenSegment(FileSystemDirectory directory, string name, out SegmentHeader header)
    {
        header = default;
        IStorageFile? file = directory.OpenForReading(name);
        try
        {
            if (file is null)
            {
                return null;
            }

            header = LogRecovery.ReadHeader(file, Path, name, Owner.LogId);
            return new SegmentCopy(file, name, header.FileSize);
        }
        catch
        {
            file?.Dispose();
            throw;
        }
    }

    // A directory without hard state and segments may be any; one with these has lost them.
    private static bool IsOfALog(string name) =>
        SegmentFormat.TryParseName(name, out _) || name == LogStartFile.Name
            || name.EndsWith(".snapshot", StringComparison.Ordinal);

    private ulong? ChainSeedOf(FileSystemDirectory directory, long firstIndex)
    {
        string name = SegmentFormat.NameOf(firstIndex);
        using IStorageFile? file = directory.OpenForReading(name);
        return file is null ? null : LogRecovery.ReadHeader(file, Path, name, Owner.LogId).ChainSeed;
    }

    private static LogCorruptedException? Repeat(Action pass)
    {
        try
        {
            return Patiently.Read<LogCorruptedException?>(() =>
            {
                pass();
                return null;
            });
        }
        catch (LogCorruptedException damage)
        {
            return damage;
        }
    }
}
