using System;
using System.Collections.Generic;
using RaftEngine.Protocol;

namespace RaftEngine.Consensus;

/// <summary>
/// Which configuration is in force at which index: the one that the log begins with, and those of its configuration entries. The owner of a log keeps
/// it in step with the log, so that the core sees a configuration as soon as it is appended, and the one before as soon as it is truncated (thesis
/// §4.1).
/// </summary>
/// <remarks>It holds one item for each configuration entry in the log that is not compacted. One change at a time, each of them committed before the
/// next, keeps these few.</remarks>
internal sealed class ConfigurationHistory
{
    private readonly List<LoggedConfiguration> _items = [];

    /// <summary>A log's history.</summary>
    /// <param name="index">Where the log begins: 0, or the index of its snapshot.</param>
    /// <param name="configuration">The configuration there: that of the snapshot, or the one that the cluster starts with.</param>
    public ConfigurationHistory(long index, Configuration configuration) => _items.Add(new LoggedConfiguration(index, configuration));

    /// <summary>The configuration in force at an index.</summary>
    /// <param name="index">The index; the oldest configuration known holds for any before it.</param>
    /// <returns>The latest configuration at or before the index.</returns>
    public LoggedConfiguration At(long index)
    {
        int last = _items.Count - 1;
        while (last > 0 && _items[last].Index > index)
        {
            last--;
        }

        return _items[last];
    }

    /// <summary>The index of the first configuration behind an index; <see cref="long.MaxValue"/> if there is none.</summary>
    /// <param name="index">The index.</param>
    /// <returns>The index of its entry.</returns>
    public long FirstIndexAfter(long index)
    {
        long first = long.MaxValue;
        for (int i = _items.Count - 1; i >= 0 && _items[i].Index > index; i--)
        {
            first = _items[i].Index;
        }

        return first;
    }

    /// <summary>A configuration entry was appended.</summary>
    /// <param name="index">Its index.</param>
    /// <param name="configuration">What it holds.</param>
    /// <exception cref="InvalidOperationException">It does not come behind the latest.</exception>
    public void Append(long index, Configuration configuration)
    {
        if (index <= _items[^1].Index)
        {
            throw new InvalidOperationException($"A configuration at {index} does not follow the one at {_items[^1].Index}.");
        }

        _items.Add(new LoggedConfiguration(index, configuration));
    }

    /// <summary>The log was truncated.</summary>
    /// <param name="index">The first index that is gone.</param>
    /// <exception cref="InvalidOperationException">That is where the log begins, or before.</exception>
    public void TruncateFrom(long index)
    {
        if (index <= _items[0].Index)
        {
            throw new InvalidOperationException($"A log that begins with the configuration at {_items[0].Index} cannot be truncated from {index}.");
        }

        while (_items[^1].Index >= index)
        {
            _items.RemoveAt(_items.Count - 1);
        }
    }

    /// <summary>The log was compacted: of the configurations up to there only the latest is still needed.</summary>
    /// <param name="index">The last index that is gone.</param>
    public void CompactTo(long index)
    {
        int needed = _items.Count - 1;
        while (needed > 0 && _items[needed].Index > index)
        {
            needed--;
        }

        _items.RemoveRange(0, needed);
    }

    /// <summary>The log was replaced by a snapshot.</summary>
    /// <param name="index">The last index that the snapshot stands for.</param>
    /// <param name="configuration">The configuration there.</param>
    public void Reset(long index, Configuration configuration)
    {
        _items.Clear();
        _items.Add(new LoggedConfiguration(index, configuration));
    }
}
