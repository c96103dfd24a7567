using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RaftEngine.Samples.Kv.Store;

/// <summary>The keys of one database. A key that has expired is not found from the stamp on that says so; it is removed
/// a little later, by the same stamps on every replica.
/// Not thread-safe: the state machine's lock is held.</summary>
internal sealed class KvDatabase
{
    private readonly LogTime _time;
    private readonly Dictionary<byte[], KvItem> _items = new(new ByteKeyComparer());
    private readonly Dictionary<byte[], KvItem>.AlternateLookup<ReadOnlySpan<byte>> _byKey;
    private readonly SortedSet<KvDeadline> _deadlines = new(KvDeadline.Order);

    /// <summary>An empty database whose keys end by this time.</summary>
    public KvDatabase(LogTime time)
    {
        _time = time;
        _byKey = _items.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <summary>How many keys there are, those that have expired and are not removed yet included, as in
    /// redis.</summary>
    public int Count => _items.Count;

    /// <summary>How many of them have an end.</summary>
    public int Expiring => _deadlines.Count;

    /// <summary>How many changes there have been.</summary>
    public long Changes { get; private set; }

    /// <summary>When the next key ends, in the log's time; <see cref="KvExpiry.Waiting"/> if none does.</summary>
    public long NextDeadline => _deadlines.Count == 0 ? KvExpiry.Waiting : _deadlines.Min.Deadline;

    /// <summary>True if a key waits for a stamp.</summary>
    public bool IsWaiting => _deadlines.Count > 0 && _deadlines.Max.Deadline == KvExpiry.Waiting;

    /// <summary>The keys of the last SCAN in its order; null if none goes on.</summary>
    public ScanIndex? Scan { get; set; }

    /// <summary>Finds a key that has not expired.</summary>
    public bool TryGet(ReadOnlySpan<byte> key, out KvItem item)
    {
        if (_byKey.TryGetValue(key, out item) && !HasEnded(item))
        {
            return true;
        }

        item = default;
        return false;
    }

    /// <summary>A key's version for WATCH; 0 if there is no such key.</summary>
    public long VersionOf(ReadOnlySpan<byte> key) => TryGet(key, out KvItem item) ? item.Version : 0;

    /// <summary>Sets a key.</summary>
    public void Set(ReadOnlySpan<byte> key, in KvValue value, KvExpiry? expiry = null)
    {
        ref KvItem item = ref CollectionsMarshal.GetValueRefOrAddDefault(_byKey, key, out bool exists);
        KvExpiry? before = exists ? item.Expiry : null;
        item = new KvItem(value, ++Changes, expiry);
        if (before is not null || expiry is not null)
        {
            Reschedule(key, before, expiry);
        }
    }

    /// <summary>Changes the value of a key that exists, and leaves its end as it is.</summary>
    public void Replace(ReadOnlySpan<byte> key, in KvValue value)
    {
        ref KvItem item = ref CollectionsMarshal.GetValueRefOrNullRef(_byKey, key);
        item = new KvItem(value, ++Changes, item.Expiry);
    }

    /// <summary>Gives a key that exists another end, or none.</summary>
    public void SetExpiry(ReadOnlySpan<byte> key, KvExpiry? expiry)
    {
        ref KvItem item = ref CollectionsMarshal.GetValueRefOrNullRef(_byKey, key);
        KvExpiry? before = item.Expiry;
        item = new KvItem(item.Value, ++Changes, expiry);
        Reschedule(key, before, expiry);
    }

    /// <summary>Removes a key.</summary>
    /// <returns>True if it was there, and had not expired.</returns>
    public bool Remove(ReadOnlySpan<byte> key)
    {
        if (!_byKey.Remove(key, out byte[]? stored, out KvItem item))
        {
            return false;
        }

        Changes++;
        if (item.Expiry is { } expiry)
        {
            _deadlines.Remove(new KvDeadline(expiry.Deadline, stored));
        }

        return !HasEnded(item);
    }

    /// <summary>Removes a key that has expired, so that what is written next finds none.</summary>
    public void RemoveIfEnded(ReadOnlySpan<byte> key)
    {
        ref KvItem item = ref CollectionsMarshal.GetValueRefOrNullRef(_byKey, key);
        if (!Unsafe.IsNullRef(ref item) && HasEnded(item))
        {
            Remove(key);
        }
    }

    /// <summary>The value of a key, in place; a null reference if there is none. Its version is not changed: end with
    /// <see cref="Touch"/>.</summary>
    public ref KvItem Find(ReadOnlySpan<byte> key) => ref CollectionsMarshal.GetValueRefOrNullRef(_byKey, key);

    /// <summary>The number of the change that is made to an item in place.</summary>
    public long Touch() => ++Changes;

    /// <summary>Removes everything.</summary>
    public void Clear()
    {
        _items.Clear();
        _deadlines.Clear();
        Scan = null;
        Changes++;
    }

    /// <summary>After a stamp: the time of those that waited for it begins, and those that have ended go.</summary>
    /// <param name="most">How many may be removed.</param>
    /// <returns>How many were.</returns>
    public int OnStamp(int most)
    {
        while (IsWaiting)
        {
            KvDeadline waiting = _deadlines.Max;
            ref KvItem item = ref CollectionsMarshal.GetValueRefOrNullRef(_items, waiting.Key);
            KvExpiry begun = item.Expiry!.Begin(_time);
            item = item with { Expiry = begun };
            _deadlines.Remove(waiting);
            _deadlines.Add(new KvDeadline(begun.Deadline, waiting.Key));
        }

        int removed = 0;
        while (removed < most && NextDeadline <= _time.Elapsed)
        {
            Remove(_deadlines.Min.Key);
            removed++;
        }

        return removed;
    }

    /// <summary>Every key that has not expired.</summary>
    public byte[][] LiveKeys()
    {
        List<byte[]> keys = new(_items.Count);
        foreach ((byte[] key, KvItem item) in _items)
        {
            if (!HasEnded(item))
            {
                keys.Add(key);
            }
        }

        return [.. keys];
    }

    /// <summary>Everything, to be written to a snapshot.</summary>
    public (long Changes, KeyValuePair<byte[], KvItem>[] Items) Capture() => (Changes, [.. _items]);

    /// <summary>Takes an item over from a snapshot.</summary>
    public void Restore(byte[] key, in KvItem item)
    {
        if (!_items.TryAdd(key, item))
        {
            throw new InvalidDataException("The snapshot has a key twice.");
        }

        if (item.Expiry is { } expiry)
        {
            _deadlines.Add(new KvDeadline(expiry.Deadline, key));
        }
    }

    /// <summary>Takes the number of changes over from a snapshot.</summary>
    public void RestoreChanges(long changes) => Changes = changes;

    public Dictionary<byte[], KvItem>.Enumerator GetEnumerator() => _items.GetEnumerator();

    private bool HasEnded(in KvItem item) => item.Expiry is { } expiry && expiry.Deadline <= _time.Elapsed;

    private void Reschedule(ReadOnlySpan<byte> key, KvExpiry? before, KvExpiry? expiry)
    {
        _byKey.TryGetValue(key, out byte[]? stored, out _);
        if (before is not null)
        {
            _deadlines.Remove(new KvDeadline(before.Deadline, stored!));
        }

        if (expiry is not null)
        {
            _time.HasNewDeadline |= expiry.Deadline == KvExpiry.Waiting || expiry.Deadline < NextDeadline;
            _deadlines.Add(new KvDeadline(expiry.Deadline, stored!));
        }
    }
}
