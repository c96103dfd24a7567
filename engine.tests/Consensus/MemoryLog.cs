using System;
using System.Collections.Generic;
using RaftEngine.Consensus;

namespace RaftEngine.Tests.Consensus;

/// <summary>A log of terms and values in memory, with a disk that is told apart from it: only <see cref="DurableIndex"/> survives a crash for sure.</summary>
internal sealed class MemoryLog : IRaftLogView
{
    public const int EntrySizeInBytes = 100;

    private readonly List<(long Term, long Value)> _entries = new(4096);
    private long _written;

    public static MemoryLog OfTerms(params ReadOnlySpan<long> terms)
    {
        MemoryLog log = new();
        foreach (long term in terms)
        {
            log.Append(term, (term * 1000) + log.LastIndex + 1);
        }

        log.SyncAll();
        return log;
    }

    public long FirstIndex => 1;

    /// <summary>Grows with every change.</summary>
    public int Version { get; private set; }

    public long LastIndex => _entries.Count;

    public long DurableIndex { get; private set; }

    public long TermAt(long index) => index == 0 ? 0 : _entries[(int)index - 1].Term;

    public long ValueAt(long index) => _entries[(int)index - 1].Value;

    public IReadOnlyList<(long Term, long Value)> Entries => _entries;

    public EntryRun RunFrom(long firstIndex, int maxBytes)
    {
        long term = TermAt(firstIndex);
        long last = firstIndex;
        while (last < LastIndex && TermAt(last + 1) == term && (last - firstIndex + 2) * EntrySizeInBytes <= maxBytes)
        {
            last++;
        }

        return new EntryRun(last, term, (int)(last - firstIndex + 1) * EntrySizeInBytes);
    }

    public void Append(long term, long value)
    {
        Check(term >= TermAt(LastIndex), "terms never decrease");
        _entries.Add((term, value));
        Version++;
    }

    public void TruncateFrom(long index)
    {
        Check(index >= 1 && index <= LastIndex, "only entries that are there are truncated");
        _entries.RemoveRange((int)index - 1, (int)(LastIndex - index + 1));
        DurableIndex = Math.Min(DurableIndex, index - 1);
        _written = Math.Min(_written, index - 1);
        Version++;
    }

    /// <summary>Writes what has been appended, and starts a sync of it.</summary>
    public void StartSync() => _written = LastIndex;

    public bool CompleteSync()
    {
        bool moved = _written > DurableIndex;
        DurableIndex = Math.Max(DurableIndex, _written);
        return moved;
    }

    public bool SyncAll()
    {
        StartSync();
        return CompleteSync();
    }

    /// <summary>A crash keeps what was durable, and of what was written a prefix, as luck has it.</summary>
    public void Crash(long keptBeyondDurable)
    {
        long kept = Math.Min(_written, DurableIndex + keptBeyondDurable);
        if (kept < LastIndex)
        {
            TruncateFrom(kept + 1);
        }

        SyncAll();
    }

    private static void Check(bool holds, string rule)
    {
        if (!holds)
        {
            throw new InvalidOperationException($"The log was used against its contract: {rule}.");
        }
    }
}
