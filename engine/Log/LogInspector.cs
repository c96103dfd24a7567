using System;
using System.Collections.Immutable;
using RaftEngine.Protocol;
using RaftEngine.Storage;

namespace RaftEngine.Log;

/// <summary>
/// Reads a data directory without changing it: takes no lock, writes nothing, and may be used while the node runs. One segment is mapped at a time, so memory stays flat.
/// </summary>
/// <remarks>
/// On a live directory a record may be half written, a segment sealed or removed, at the very moment it is looked at. What looks like damage is therefore read again, and believed
/// once it looks the same twice in a row. Any thread, one at a time.
/// </remarks>
public sealed class LogInspector
{
    // A log that changes between every two looks at the same place, so often, is not being written by a node.
    private const int MostAttempts = 100;

    private readonly string _path;

    private LogInspector(string path, in HardStateRecord hardState)
    {
        _path = path;
        HardState = hardState.State;
        Owner = hardState.Owner;
        IsNew = hardState.Sequence == 1;
    }

    /// <summary>Term and vote, as they were when the directory was opened.</summary>
    public HardState HardState { get; }

    /// <summary>Whose directory it is.</summary>
    public LogOwner Owner { get; }

    private bool IsNew { get; }

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
            throw LogRecovery.ListSegments(directory).Length != 0
                ? HardStateFile.Missing()
                : new DataDirectoryException(directory.Path, "it is no data directory: it has neither a hard state nor segments.");
        }

        return new LogInspector(directory.Path, ReadHardState(file, directory.Path));
    }

    /// <summary>The segments, by their headers, in the order of their indexes.</summary>
    /// <returns>One item a file.</returns>
    /// <exception cref="LogCorruptedException">A header is damaged.</exception>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public ImmutableArray<LogSegmentInfo> ReadSegments()
    {
        using FileSystemDirectory directory = FileSystemDirectory.OpenExisting(_path);
        long[] firstIndexes = ListSegments(directory, ReadStart(directory));
        ImmutableArray<LogSegmentInfo>.Builder infos = ImmutableArray.CreateBuilder<LogSegmentInfo>(firstIndexes.Length);
        for (int i = 0; i < firstIndexes.Length; i++)
        {
            string name = SegmentFormat.NameOf(firstIndexes[i]);
            using IStorageFile? file = directory.OpenForReading(name);
            if (file is not null) // it may have been truncated away since
            {
                SegmentHeader header = LogRecovery.ReadHeader(file, _path, name, Owner.LogId);
                DateTimeOffset created = DateTimeOffset.UnixEpoch.AddTicks(header.CreatedStamp / 100);
                infos.Add(new LogSegmentInfo(name, header.FirstIndex, header.FileSize, i < firstIndexes.Length - 1, header.LogId, created, header.PreviousTerm, header.ChainSeed));
            }
        }

        return infos.DrainToImmutable();
    }

    /// <summary>Verifies every record of the log.</summary>
    /// <returns>What was found; damage is part of it, not an exception.</returns>
    /// <exception cref="DataDirectoryException">A newer version wrote a segment.</exception>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public LogVerification Verify()
    {
        Walk walk = new(this, 0, long.MaxValue, null);
        LogCorruptedException? damage = Repeat(walk);
        return walk.Result(damage);
    }

    /// <summary>Shows a visitor the records of a range, each verified, and with it the log before it.</summary>
    /// <param name="fromIndex">The first index; lower ones than the log has are no error.</param>
    /// <param name="toIndex">The last index; higher ones than the log has are no error.</param>
    /// <param name="visitor">Who is shown them. A record that a leader's change replaces during the call may be shown as it was before.</param>
    /// <exception cref="LogCorruptedException">A record is damaged. The records before it have been shown.</exception>
    /// <exception cref="DataDirectoryException">A newer version wrote a segment.</exception>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public void Visit(long fromIndex, long toIndex, LogRecordVisitor visitor)
    {
        ArgumentNullException.ThrowIfNull(visitor);
        LogCorruptedException? damage = Repeat(new Walk(this, fromIndex, toIndex, visitor));
        if (damage is not null)
        {
            throw damage;
        }
    }

    private LogStart ReadStart(FileSystemDirectory directory) =>
        LogStartFile.Read(directory, Owner.LogId, SegmentFormat.FirstChainSeed(Owner.ClusterId, Owner.GroupId));

    // Without those that have been compacted, or were before a reset, but for their files.
    private long[] ListSegments(FileSystemDirectory directory, LogStart start)
    {
        long[] all = LogRecovery.ListSegments(directory);
        return start.CreatedStamp == 0 ? all : Array.FindAll(all, firstIndex =>
        {
            string name = SegmentFormat.NameOf(firstIndex);
            using IStorageFile? file = directory.OpenForReading(name);
            return file is not null && LogRecovery.ReadHeader(file, _path, name, Owner.LogId).CreatedStamp >= start.CreatedStamp;
        });
    }

    private static HardStateRecord ReadHardState(IStorageFile file, string directory)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return HardStateFile.ReadNewest(file, directory, out _);
            }
            catch (LogCorruptedException) when (attempt < 3)
            {
                // Perhaps in the middle of being saved; a save spoils one slot at a time.
            }
        }
    }

    private static LogCorruptedException? Repeat(Walk walk)
    {
        LogCorruptedException? before = null;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                walk.Run();
                return null;
            }
            catch (LogCorruptedException e)
            {
                if (e.Message == before?.Message || attempt == MostAttempts)
                {
                    return e;
                }

                before = e;
            }
        }
    }

    /// <summary>One pass over the whole log, which can be made again.</summary>
    private sealed class Walk(LogInspector inspector, long fromIndex, long toIndex, LogRecordVisitor? visitor)
    {
        private long _nextToShow = fromIndex;
        private bool _isDone;
        private long _firstIndex;
        private long _lastIndex;
        private long _lastTerm;
        private ulong _chain;
        private long _recordBytes;
        private int _segments;
        private SegmentTail _tail;

        public LogVerification Result(LogCorruptedException? damage) => new()
        {
            FirstIndex = _firstIndex,
            LastIndex = _lastIndex,
            LastTerm = _lastTerm,
            RecordBytes = _recordBytes,
            Segments = _segments,
            Fingerprint = _chain,
            TornTailBytes = _tail.TornBytes,
            SyncedThrough = _tail.NewestMark.SyncedThrough,
            Damage = damage,
        };

        public void Run()
        {
            _recordBytes = 0;
            _segments = 0;
            _tail = default;
            using FileSystemDirectory directory = FileSystemDirectory.OpenExisting(inspector._path);
            LogStart start = inspector.ReadStart(directory);
            _firstIndex = start.FirstIndex;
            _lastIndex = start.FirstIndex - 1;
            _lastTerm = start.PreviousTerm;
            _chain = start.ChainSeed;
            long[] firstIndexes = inspector.ListSegments(directory, start);
            for (int i = 0; i < firstIndexes.Length && !_isDone; i++)
            {
                ReadSegment(directory, firstIndexes[i], i < firstIndexes.Length - 1 ? firstIndexes[i + 1] : 0);
            }

            // None at all: a directory that is being made, or a reset that a crash has interrupted.
            if (firstIndexes.Length == 0 && !inspector.IsNew && start.CreatedStamp == 0)
            {
                throw new LogCorruptedException(SegmentFormat.NameOf(start.FirstIndex), 0, 0, "segments", 1, 0);
            }
        }

        private unsafe void ReadSegment(FileSystemDirectory directory, long firstIndex, long nextFirstIndex)
        {
            string name = SegmentFormat.NameOf(firstIndex);
            using IStorageFile file = directory.OpenForReading(name) ?? throw new LogCorruptedException(name, 0, firstIndex, "segments of this name", 1, 0);
            SegmentHeader header = LogRecovery.ReadHeader(file, directory.Path, name, inspector.Owner.LogId);
            SegmentFormat.RequireContinues(name, header, _lastIndex, _lastTerm, _chain);
            using IStorageMapping mapping = file.Map(header.FileSize);
            SegmentScanner scanner = new(new ReadOnlySpan<byte>((void*)mapping.Address, (int)header.FileSize), name, header);
            while (scanner.MoveNext())
            {
                _lastIndex = scanner.LastIndex;
                _lastTerm = scanner.LastTerm;
                _chain = scanner.LastChain;
                _recordBytes += scanner.End - scanner.Start;
                if (visitor is not null && !Show(name, ref scanner))
                {
                    return;
                }
            }

            _segments++;
            if (nextFirstIndex != 0)
            {
                scanner.RequireSealed(nextFirstIndex);
            }
            else
            {
                _tail = scanner.JudgeTail();
            }
        }

        private bool Show(string name, ref SegmentScanner scanner)
        {
            if (_lastIndex >= _nextToShow)
            {
                _nextToShow = _lastIndex + 1;
                _isDone = _lastIndex > toIndex || !visitor!(name, scanner.Start, scanner.Current) || _lastIndex == toIndex;
            }

            return !_isDone;
        }
    }
}
