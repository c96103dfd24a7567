using System;
using System.IO;
using System.Runtime.ExceptionServices;
using RaftEngine.Storage;

namespace RaftEngine.Log;

/// <summary>
/// Follows a log as it grows, by looking from time to time: without a lock, without a word to the node. A look that finds nothing new reads some
/// bytes of mapped memory and asks for the
/// name of one file; now and then it makes sure that the file is still the one of that name. One thread.
/// </summary>
/// <remarks>
/// What has been shown is remembered by its chain values, so that a truncation is noticed, with the index from which on what was shown is not in the log any more, however the new
/// records look. What looks like damage is believed when it has stayed the same for a second.
/// </remarks>
internal sealed unsafe class LogFollower : IDisposable
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
    private IStorageMapping? _mapping;
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

    private ReadOnlySpan<byte> Bytes => new((void*)_mapping!.Address, (int)_header.FileSize);

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
            LogChange change = _mapping is null || !IsInPlace() ? Locate() : default;
            if (change.Kind == LogChangeKind.None && _mapping is not null)
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
    private bool IsInPlace() =>
        RecordFormat.ReadChain(Bytes[.._end]) == (_end == SegmentFormat.HeaderBytes ? _header.ChainSeed : _last.Chain)
        && SegmentFormat.CreatedStampOf(Bytes) == _header.CreatedStamp;

    // False if the visitor has seen enough.
    private bool Show(LogRecordVisitor visitor)
    {
        SegmentScanner scanner = new(Bytes, _name, _header, _end, _last.Index);
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

        IStorageMapping? mapping = TryMap(next, out SegmentHeader header);
        if (mapping is null || header.PreviousTerm != _last.Term || header.ChainSeed != _last.Chain || header.CreatedStamp <= _header.CreatedStamp)
        {
            mapping?.Dispose();
            return false; // of another log than what was shown: the next check finds out which
        }

        Enter(mapping, next, header);
        return true;
    }

    private void Enter(IStorageMapping? mapping, string name, in SegmentHeader header)
    {
        _mapping?.Dispose();
        _mapping = mapping;
        _name = name;
        _header = header;
        _end = SegmentFormat.HeaderBytes;
    }

    private IStorageMapping? TryMap(string name, out SegmentHeader header)
    {
        header = default;
        using IStorageFile? file = _directory.OpenForReading(name);
        if (file is null)
        {
            return null;
        }

        header = LogRecovery.ReadHeader(file, _directory.Path, name, _inspector.Owner.LogId);
        return file.Map(header.FileSize);
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

        if (TailMark.TryRead(Bytes, _end, _header.CreatedStamp, out _))
        {
            return Unstuck();
        }

        if (!IsStuck("a tail that is not finished"))
        {
            return default;
        }

        SegmentScanner scanner = new(Bytes, _name, _header, _end, _last.Index);
        if (scanner.MoveNext() || _isTornTold)
        {
            return default;
        }

        _isBelieved = true;
        SegmentTail tail = scanner.JudgeTail();
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
            if (TryMap(name, out SegmentHeader header) is not { } mapping)
            {
                return default; // removed at this moment
            }

            // The chain before the segment tells whether everything that was shown up to there is still in the log.
            if (i == 0 || header.FirstIndex - 1 < _rememberedFrom || header.ChainSeed == ChainShown(header.FirstIndex - 1))
            {
                Enter(mapping, name, header);
                return FindFork(i + 1 < firstIndexes.Length ? firstIndexes[i + 1] : 0);
            }

            mapping.Dispose();
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
    private LogChange FindFork(long nextFirstIndex)
    {
        long shown = _last.Index;
        bool isFirstLook = !_isLocated;
        _isLocated = true;
        SegmentScanner scanner = new(Bytes, _name, _header);
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
            if (nextFirstIndex != 0)
            {
                scanner.RequireSealed(nextFirstIndex);
            }

            return isFirstLook ? default : Truncated(shown);
        }

        // This is where the log goes on: behind this record, or in the next segment if there is one, and this one ends here.
        Remember();
        if (nextFirstIndex != 0 && !scanner.MoveNext())
        {
            scanner.RequireSealed(nextFirstIndex);
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
        _mapping?.Dispose();
        _mapping = null;
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
