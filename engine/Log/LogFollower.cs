using System;
using System.IO;
using System.Runtime.ExceptionServices;
using RaftEngine.Storage;

namespace RaftEngine.Log;

/// <summary>
/// Follows a log as it grows, by looking from time to time: without a lock, without a word to the node. A look that finds nothing new reads some
/// bytes of the last segment and asks for the
/// name of one file; now and then it makes sure that the file is still the one of that name. One thread.
/// </summary>
/// <remarks>
/// What has been shown is remembered by its chain values, so that a truncation is noticed, with the index from which on what was shown is not in the log any more, however the new
/// records look. What looks like damage is believed when it has stayed the same for a second.
/// </remarks>
internal sealed class LogFollower : IDisposable
{
    private const int RememberedChains = 1 << 16;

    /// <summary>How often a look that finds nothing new goes further, and how long damage must stay the same to be believed.</summary>
    private static readonly TimeSpan CheckInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly LogInspector _inspector;
    private readonly TimeProvider _time;
    private readonly FileSystemDirectory _directory;
    private readonly ulong[] _chains = new ulong[RememberedChains]; // by index, modulo the length: those from _rememberedFrom to _last.Index
    private long _rememberedFrom;
    private SegmentCopy? _copy;
    private string _name = string.Empty;
    private SegmentHeader _header;
    private int _end;
    private (long Index, long Term, ulong Chain) _last;
    private long _firstWanted;
    private bool _isLocated;
    private bool _isBelieved;
    private long _checkedAt;
    private long _stuckSince; // a timestamp; 0 if the log's end looks as it should
    private string? _stuckWith;
    private bool _isTornTold;

    /// <summary>Begins to follow a log. Nothing has been looked at yet.</summary>
    /// <param name="inspector">The directory.</param>
    /// <param name="fromIndex">The first index to show; lower ones than the log has begin with its first.</param>
    /// <param name="time">Tells how long something has been so.</param>
    public LogFollower(LogInspector inspector, long fromIndex, TimeProvider time)
    {
        _inspector = inspector;
        _time = time;
        _directory = inspector.OpenDirectory();
        _firstWanted = Math.Max(1, fromIndex);
        _last = (_firstWanted - 1, 0, 0);
        _rememberedFrom = _firstWanted; // of what is before, nothing is known yet
    }

    /// <summary>The index of the next record to show.</summary>
    public long NextIndex => _last.Index + 1;

    /// <summary>Looks once: shows what is new, and says what else has happened.</summary>
    /// <param name="visitor">Who is shown the records.</param>
    /// <returns>What happened, if not only that the log grew. Look again at once.</returns>
    /// <exception cref="LogCorruptedException">The log is damaged, and was so for a second.</exception>
    /// <exception cref="DataDirectoryException">A newer version wrote it.</exception>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public LogChange Look(LogRecordVisitor visitor)
    {
        try
        {
            long before = _last.Index;
            LogChange change = _copy is null || !IsInPlace() ? Locate() : default;
            if (change.Kind == LogChangeKind.None && _copy is not null)
            {
                while (Show(visitor) && TryRoll())
                {
                }

                change = _last.Index == before ? CheckEnd() : Unstuck();
            }

            return change;
        }
        catch (LogCorruptedException e) when (!_isBelieved)
        {
            Forget();
            RequirePatience(e);
            return default;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Forget();
        _directory.Dispose();
    }

    // The last record shown is where it was, in the same life of the file: a cheap look that fails once the record was cut off, or the file is used for another segment.
    private bool IsInPlace()
    {
        Span<byte> chain = stackalloc byte[RecordFormat.ChainBytes];
        _copy!.Read(_end - RecordFormat.ChainBytes, chain);
        Span<byte> start = stackalloc byte[SegmentFormat.StartBytes];
        _copy.Read(0, start);
        return RecordFormat.ReadChain(chain) == (_end == SegmentFormat.HeaderBytes ? _header.ChainSeed : _last.Chain)
            && SegmentFormat.CreatedStampOf(start) == _header.CreatedStamp;
    }

    private bool HasNext()
    {
        Span<byte> record = stackalloc byte[RecordFormat.HeaderBytes];
        if (_end + record.Length > _copy!.Length)
        {
            return false;
        }

        _copy.Read(_end, record);
        return RecordFormat.IndexAt(in record[0]) == _last.Index + 1;
    }

    // False if the visitor has seen enough.
    private bool Show(LogRecordVisitor visitor)
    {
        if (!HasNext())
        {
            return true;
        }

        _copy!.Forget(_end);
        SegmentScanner scanner = new(_copy, _name, _header, _end, _last.Index);
        while (scanner.MoveNext())
        {
            Take(ref scanner);
            if (_last.Index >= _firstWanted && !visitor(_name, scanner.Start, scanner.Current))
            {
                return false;
            }
        }

        return true;
    }

    private void Take(ref SegmentScanner scanner)
    {
        _end = scanner.End;
        _last = (scanner.LastIndex, scanner.LastTerm, scanner.LastChain);
        Remember();
        if (_end >= _copy!.NextMove)
        {
            _copy.MoveTo(scanner.Start);
        }
    }

    private void Remember()
    {
        _chains[_last.Index % RememberedChains] = _last.Chain;
        _rememberedFrom = Math.Max(_rememberedFrom, _last.Index - RememberedChains + 1);
    }

    private bool TryRoll()
    {
        string next = SegmentFormat.NameOf(_last.Index + 1);
        if (_end == SegmentFormat.HeaderBytes || !File.Exists(Path.Combine(_inspector.Path, next)))
        {
            return false;
        }

        SegmentCopy? copy = _inspector.TryOpenSegment(_directory, next, out SegmentHeader header);
        if (copy is null || header.PreviousTerm != _last.Term || header.ChainSeed != _last.Chain || header.CreatedStamp <= _header.CreatedStamp)
        {
            copy?.Dispose();
            return false; // of another log than what was shown: the next check finds out which
        }

        Enter(copy, next, header);
        return true;
    }

    private void Enter(SegmentCopy? copy, string name, in SegmentHeader header)
    {
        _copy?.Dispose();
        _copy = copy;
        _name = name;
        _header = header;
        _end = SegmentFormat.HeaderBytes;
    }
    // Nothing new. Is this where the log ends? The file must still be the one of its name, no other must follow it, and its last mark must stand here.
    private LogChange CheckEnd()
    {
        long now = _time.GetTimestamp();
        if (_checkedAt != 0 && _time.GetElapsedTime(_checkedAt, now) < CheckInterval)
        {
            return default;
        }

        _checkedAt = now;
        long[] firstIndexes = LogRecovery.ListSegments(_directory);
        if (firstIndexes.Length == 0 || firstIndexes[^1] != _header.FirstIndex || !IsSameFile())
        {
            return Locate();
        }

        _copy!.Forget(_end);
        _copy.Load(_end, _end + TailMark.SizeInBytes);
        if (TailMark.TryRead(_copy.Bytes, _end, _header.CreatedStamp, out TailMark mark) && !mark.IsSeal)
        {
            return Unstuck();
        }

        if (!IsStuck("a tail that is not finished"))
        {
            return default;
        }

        SegmentScanner scanner = new(_copy, _name, _header, _end, _last.Index);
        if (scanner.MoveNext() || _isTornTold)
        {
            return default;
        }

        _isBelieved = true;
        SegmentTail tail = scanner.JudgeTail(_inspector.IsSingleSegment);
        _isBelieved = false;
        _isTornTold = tail.TornBytes > 0;
        return _isTornTold ? new LogChange(LogChangeKind.Torn, _last.Index + 1, _last.Index + 1, tail.TornBytes) : default;
    }

    private bool IsSameFile()
    {
        using IStorageFile? file = _directory.OpenForReading(_name);
        return file is not null && LogRecovery.ReadHeader(file, _directory.Path, _name, _inspector.Owner.LogId).CreatedStamp == _header.CreatedStamp;
    }

    // Finds the place behind the last record that was shown; or behind the last of them that is still in the log.
    private LogChange Locate()
    {
        Forget();
        (LogStart start, long[] firstIndexes) = _inspector.Look(_directory);
        if (firstIndexes.Length == 0)
        {
            _inspector.RequireSegments(_directory, start, firstIndexes);
            return default; // being made, or being reset
        }

        if (start.FirstIndex > _last.Index + 1)
        {
            return Skip(start);
        }

        for (int i = firstIndexes.Length - 1; i >= 0; i--)
        {
            if (firstIndexes[i] > _last.Index + 1)
            {
                continue;
            }

            string name = SegmentFormat.NameOf(firstIndexes[i]);
            if (_inspector.TryOpenSegment(_directory, name, out SegmentHeader header) is not { } copy)
            {
                return default; // removed at this moment
            }

            // The chain before the segment tells whether everything that was shown up to there is still in the log.
            if (i == 0 || header.FirstIndex - 1 < _rememberedFrom || header.ChainSeed == ChainShown(header.FirstIndex - 1))
            {
                Enter(copy, name, header);
                return FindFork(firstIndexes.AsSpan(i + 1));
            }

            copy.Dispose();
        }

        return default;
    }

    private LogChange Skip(LogStart start)
    {
        LogChange change = _isLocated ? new(LogChangeKind.Skipped, _last.Index + 1, start.FirstIndex - 1) : default;
        _last = (start.FirstIndex - 1, start.PreviousTerm, start.ChainSeed);
        _rememberedFrom = _last.Index;
        Remember();
        return change;
    }

    // Walks the segment to the last record in it that was shown, and is still the same.
    private LogChange FindFork(ReadOnlySpan<long> next)
    {
        long shown = _last.Index;
        bool isFirstLook = !_isLocated;
        _isLocated = true;
        SegmentScanner scanner = new(_copy!, _name, _header);
        _last = (scanner.LastIndex, scanner.LastTerm, scanner.LastChain);
        long knownFrom = isFirstLook ? long.MaxValue : _rememberedFrom;
        if (isFirstLook)
        {
            _rememberedFrom = _header.FirstIndex; // what is walked over is remembered as if it had been shown
        }

        while (_last.Index < shown && scanner.MoveNext())
        {
            if (scanner.LastIndex >= knownFrom && scanner.LastChain != ChainShown(scanner.LastIndex))
            {
                return Truncated(shown);
            }

            Take(ref scanner);
        }

        if (_last.Index < shown)
        {
            if (!next.IsEmpty)
            {
                scanner.RequireSealed(next[0], next.Length == 1);
            }

            return isFirstLook ? default : Truncated(shown);
        }

        // This is where the log goes on: behind this record, or in the next segment if there is one, and this one ends here.
        Remember();
        if (!next.IsEmpty && !scanner.MoveNext())
        {
            scanner.RequireSealed(next[0], next.Length == 1);
        }

        return default;
    }

    private LogChange Truncated(long shown)
    {
        LogChange change = shown < _firstWanted ? default : new(LogChangeKind.Truncated, _last.Index + 1, shown); // no news if nothing of it was shown
        _firstWanted = change.Kind == LogChangeKind.None ? _firstWanted : Math.Min(_firstWanted, change.FromIndex);
        _rememberedFrom = Math.Min(_rememberedFrom, _last.Index);
        Remember();
        Unstuck();
        return change;
    }

    private ulong ChainShown(long index) => _chains[index % RememberedChains];

    private void Forget()
    {
        _copy?.Dispose();
        _copy = null;
    }

    private LogChange Unstuck()
    {
        _stuckSince = 0;
        _stuckWith = null;
        _isTornTold = false;
        return default;
    }

    private bool IsStuck(string with)
    {
        long now = _time.GetTimestamp();
        if (_stuckSince == 0 || _stuckWith != with)
        {
            _stuckSince = now;
            _stuckWith = with;
        }

        return _time.GetElapsedTime(_stuckSince, now) >= Patience;
    }

    private void RequirePatience(Exception e)
    {
        if (IsStuck(e.Message))
        {
            ExceptionDispatchInfo.Throw(e);
        }
    }
}
