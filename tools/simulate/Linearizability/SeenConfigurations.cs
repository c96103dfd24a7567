using System;

namespace RaftEngine.Simulate.Linearizability;

/// <summary>
/// The configurations that have been looked at, each once: Lowe's memory of (operations in order, state). Two orders of the same operations that lead to
/// the same state have the same future, so that the second needs no look.
/// </summary>
/// <remarks>
/// An open hash table of places in one array of words, where each configuration takes only what tells it from others:
/// <code>
///   word 0     hash of the set and the state
///   word 1     state number (32 bits) | first stored word (16 bits) | stored words (16 bits)
///   then       the words of the operations that may be left out, all of them
///   then       the stored words of the required ones: from the first that is not full to the last that is not empty
/// </code>
/// </remarks>
internal sealed class SeenConfigurations(long maxBytes)
{
    private const int HeaderWords = 2;

    private int[] _table = new int[256]; // place + 1; 0 is free
    private ulong[] _words = new ulong[512];
    private int _usedWords;

    public int Count { get; private set; }

    public long Bytes => BytesOf(_table.Length, _words.Length);

    /// <summary>Remembers a configuration.</summary>
    /// <param name="set">The operations in order so far.</param>
    /// <param name="state">The number of the state they lead to.</param>
    /// <param name="otherBytes">What else is counted against the bound.</param>
    /// <returns>Whether it is new, or that the bound does not allow for it.</returns>
    public SeenResult Add(LinearizedSet set, int state, long otherBytes)
    {
        int stored = int.Max(0, set.EndWord - set.FirstOpenWord);
        int size = HeaderWords + set.OptionalWords + stored;
        if (!MakeRoom(size, otherBytes))
        {
            return SeenResult.Full;
        }

        ulong hash = set.Hash ^ LinearizedSet.Mix(~(ulong)state);
        ulong shape = ((ulong)state << 32) | ((ulong)(set.FirstOpenWord - set.OptionalWords) << 16) | (uint)stored;
        ReadOnlySpan<ulong> optional = set.Words.AsSpan(0, set.OptionalWords);
        ReadOnlySpan<ulong> window = set.Words.AsSpan(set.FirstOpenWord, stored);
        int mask = _table.Length - 1;
        int slot = (int)hash & mask;
        for (; _table[slot] != 0; slot = (slot + 1) & mask)
        {
            ReadOnlySpan<ulong> other = _words.AsSpan(_table[slot] - 1);
            if (other[0] == hash && other[1] == shape && other.Slice(HeaderWords, optional.Length).SequenceEqual(optional)
                && other.Slice(HeaderWords + optional.Length, stored).SequenceEqual(window))
            {
                return SeenResult.Known;
            }
        }

        Span<ulong> entry = _words.AsSpan(_usedWords, size);
        entry[0] = hash;
        entry[1] = shape;
        optional.CopyTo(entry[HeaderWords..]);
        window.CopyTo(entry[(HeaderWords + optional.Length)..]);
        _table[slot] = _usedWords + 1;
        _usedWords += size;
        Count++;
        return SeenResult.New;
    }

    private static long BytesOf(long slots, long words) => (slots * sizeof(int)) + (words * sizeof(ulong));

    private bool MakeRoom(int size, long otherBytes)
    {
        if (otherBytes + Bytes > maxBytes)
        {
            return false;
        }

        if ((long)_usedWords + size > _words.Length)
        {
            long wanted = long.Max(2L * _words.Length, (long)_usedWords + size);
            if (wanted > Array.MaxLength || otherBytes + Bytes + BytesOf(0, wanted) > maxBytes)
            {
                return false;
            }

            Array.Resize(ref _words, (int)wanted);
        }

        if (Count * 2L < _table.Length)
        {
            return true;
        }

        long slots = 2L * _table.Length;
        if (slots > 1 << 30 || otherBytes + Bytes + BytesOf(slots, 0) > maxBytes)
        {
            return false;
        }

        Rehash((int)slots);
        return true;
    }

    private void Rehash(int slots)
    {
        int[] table = new int[slots];
        foreach (int place in _table)
        {
            if (place == 0)
            {
                continue;
            }

            int slot = (int)_words[place - 1] & (slots - 1);
            while (table[slot] != 0)
            {
                slot = (slot + 1) & (slots - 1);
            }

            table[slot] = place;
        }

        _table = table;
    }
}
