using System;

namespace RaftEngine.Consensus;

/// <summary>
/// The window of one peer: the messages with entries that are on their way to it unanswered, oldest first, in a ring that is bounded in messages and
/// in bytes. An acknowledgment is cumulative: it frees every message up to its index.
/// </summary>
internal sealed class Inflights(int maxMessages, int maxBytes)
{
    private readonly (long LastIndex, int SizeInBytes)[] _ring = new (long, int)[maxMessages];
    private int _oldest;

    /// <summary>How many messages are on their way.</summary>
    public int Count { get; private set; }

    /// <summary>The entries in them, in bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>True if a message of this size may be sent. A single one that is larger than the whole window may, alone.</summary>
    /// <param name="sizeInBytes">The message's entries, in bytes.</param>
    /// <returns>True if it fits.</returns>
    public bool HasRoomFor(int sizeInBytes) => Count == 0 || (Count < _ring.Length && Bytes + sizeInBytes <= maxBytes);

    /// <summary>Takes in a message that is being sent.</summary>
    /// <param name="lastIndex">The index of the last entry in it.</param>
    /// <param name="sizeInBytes">Its entries, in bytes.</param>
    /// <exception cref="InvalidOperationException">The window is full.</exception>
    public void Add(long lastIndex, int sizeInBytes)
    {
        if (Count == _ring.Length)
        {
            throw new InvalidOperationException($"Message {lastIndex} does not fit into a full window of {_ring.Length} messages.");
        }

        int slot = _oldest + Count;
        _ring[slot < _ring.Length ? slot : slot - _ring.Length] = (lastIndex, sizeInBytes);
        Count++;
        Bytes += sizeInBytes;
    }

    /// <summary>Frees every message whose entries are all at or below an index.</summary>
    /// <param name="index">The acknowledged index.</param>
    public void FreeTo(long index)
    {
        while (Count > 0 && _ring[_oldest].LastIndex <= index)
        {
            Bytes -= _ring[_oldest].SizeInBytes;
            _oldest = _oldest + 1 == _ring.Length ? 0 : _oldest + 1;
            Count--;
        }
    }

    /// <summary>Forgets all messages.</summary>
    public void Clear()
    {
        _oldest = 0;
        Count = 0;
        Bytes = 0;
    }
}
