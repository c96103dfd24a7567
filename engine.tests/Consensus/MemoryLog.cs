using System;
using System.Collections.Generic;
using System.Linq;
using RaftEngine.Consensus;
using RaftEngine.Protocol;

namespace RaftEngine.Tests.Consensus;

/// <summary>
/// A log in memory, with a disk that is told apart from it: only <see cref="DurableIndex"/> survives a crash for sure.
/// What is compacted is hidden from the core, but kept for the tests' checks, in place of the state machine's snapshot.
/// </summary>
internal sealed class MemoryLog : IRaftLogView
{
    public const int EntrySizeInBytes = 100;

    private readonly List<LogItem> _items = new(4096);
    private readonly HashSet<(long, LogItem)> _wasWritten = [];
    private ConfigurationHistory? _configurations;
    private long _written;
    private long _durable;

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

    public long FirstIndex { get; private set; } = 1;

    /// <summary>Grows with every change.</summary>
    public int Version { get; private set; }

    public long LastIndex => _items.Count;

    /// <summary>True if what is written counts as durable, as with a durability that does not wait for the disk.</summary>
    public bool CountsWritten { get; init; }

    public long DurableIndex => CountsWritten ? _written : _durable;

    /// <summary>All entries from index 1 on, compacted or not.</summary>
    public IReadOnlyList<LogItem> Entries => _items;

    private ConfigurationHistory Configurations => _configurations ?? throw new InvalidOperationException("The log has no configuration to begin with.");

    public long TermAt(long index)
    {
        Check(index >= FirstIndex - 1 && index <= LastIndex, "only terms that are there are read");
        return index == 0 ? 0 : _items[(int)index - 1].Term;
    }

    public long ValueAt(long index) => _items[(int)index - 1].Value;

    public LoggedConfiguration ConfigurationAt(long index) => Configurations.At(index);

    public EntryRun RunFrom(long firstIndex, int maxBytes)
    {
        Check(firstIndex >= FirstIndex && firstIndex <= LastIndex, "only entries that are there are read");
        long term = TermAt(firstIndex);
        long last = firstIndex;
        while (last < LastIndex && TermAt(last + 1) == term && (last - firstIndex + 2) * EntrySizeInBytes <= maxBytes)
        {
            last++;
        }

        return new EntryRun(last, term, (int)(last - firstIndex + 1) * EntrySizeInBytes);
    }

    /// <summary>Whether there is room for commands.</summary>
    public bool IsFull { get; set; }

    /// <summary>Whether there is room for nothing.</summary>
    public bool IsFullToTheEnd { get; set; }

    public bool HasRoomForNoOp() => !IsFullToTheEnd;

    public bool HasRoomForCommands() => !IsFull && !IsFullToTheEnd;

    /// <summary>Says which configuration a log without any in it begins with.</summary>
    public void BeginWith(Configuration configuration) => _configurations = new ConfigurationHistory(0, configuration);

    public void Append(long term, long value) => Append(new LogItem(term, value));

    public void Append(LogItem item)
    {
        Check(_items.Count == 0 || item.Term >= _items[^1].Term, "terms never decrease");
        _items.Add(item);
        if (item.Configuration is not null)
        {
            Configurations.Append(LastIndex, item.Configuration);
        }

        Version++;
    }

    public void TruncateFrom(long index)
    {
        Check(index >= FirstIndex && index <= LastIndex, "only entries that are there are truncated");
        _items.RemoveRange((int)index - 1, (int)(LastIndex - index + 1));
        _configurations?.TruncateFrom(index);
        _durable = Math.Min(_durable, index - 1);
        _written = Math.Min(_written, index - 1);
        Version++;
    }

    /// <summary>Drops a prefix that a snapshot stands for.</summary>
    public void CompactTo(long index)
    {
        Check(index < FirstIndex || index <= DurableIndex, "only durable entries are compacted");
        FirstIndex = Math.Max(FirstIndex, index + 1);
        Configurations.CompactTo(index);
    }

    /// <summary>Begins anew behind a snapshot.</summary>
    public void Reset(ReadOnlySpan<LogItem> snapshot, Configuration configuration)
    {
        _items.Clear();
        _items.AddRange(snapshot);
        FirstIndex = LastIndex + 1;
        _durable = LastIndex;
        _written = LastIndex;
        Configurations.Reset(LastIndex, configuration);
        Version++;
    }

    public LogItem[] Items(long first, long last) => [.. _items.Skip((int)first - 1).Take((int)Math.Max(0, last - first + 1))];

    /// <summary>True if an entry counts as durable, or once did, where a loss of power may have taken it.</summary>
    public bool HasHad(long index, LogItem entry) =>
        (DurableIndex >= index && _items[(int)index - 1] == entry) || _wasWritten.Contains((index, entry));

    /// <summary>Writes what has been appended, and starts a sync of it.</summary>
    public void StartSync()
    {
        while (_written < LastIndex)
        {
            _written++;
            if (CountsWritten)
            {
                _wasWritten.Add((_written, _items[(int)_written - 1]));
            }
        }
    }

    public bool CompleteSync()
    {
        bool moved = _written > _durable;
        _durable = Math.Max(_durable, _written);
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
        long kept = Math.Min(_written, _durable + keptBeyondDurable);
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
