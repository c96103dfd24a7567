using System;
using System.IO.Hashing;

namespace RaftEngine.Samples.Kv.Store;

/// <summary>
/// Keys in the order in which SCAN visits them: by a hash that is the same on every replica, so that a cursor is good
/// on any of them, after a restart too, and whatever was added
/// or removed since. A key that is there from the first call to the last is visited.
/// </summary>
internal sealed class ScanIndex
{
    // A cursor fits 53 bits: some clients keep it as a floating-point number.
    private const int DroppedBits = 12;

    private readonly ulong[] _hashes;
    private readonly byte[][] _keys;

    /// <summary>An index of these keys, as of so many changes.</summary>
    public ScanIndex(byte[][] keys, long changes)
    {
        _keys = keys;
        Changes = changes;
        _hashes = Array.ConvertAll(keys, static key => HashOf(key));
        Array.Sort(_hashes, _keys);
    }

    /// <summary>How many changes the database had seen when the index was made.</summary>
    public long Changes { get; }

    /// <summary>Takes the next keys.</summary>
    /// <param name="cursor">Where to go on; 0 for the start.</param>
    /// <param name="count">How many at least, if there are as many; keys of one hash are never parted.</param>
    /// <param name="next">Where to go on after them; 0 if these are the last.</param>
    public ReadOnlySpan<byte[]> Take(ulong cursor, long count, out ulong next)
    {
        int first = Array.BinarySearch(_hashes, cursor);
        first = first < 0 ? ~first : first;
        while (first > 0 && _hashes[first - 1] == cursor)
        {
            first--;
        }

        int end = count < _keys.Length - first ? first + (int)count : _keys.Length;
        while (end > first && end < _keys.Length && _hashes[end] == _hashes[end - 1])
        {
            end++;
        }

        next = end < _keys.Length ? _hashes[end] : 0;
        return _keys.AsSpan(first, end - first);
    }

    /// <summary>Never 0, which is no place to go on at.</summary>
    private static ulong HashOf(byte[] key) => (XxHash3.HashToUInt64(key) >> DroppedBits) + 1;
}
