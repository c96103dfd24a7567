using System;

namespace RaftEngine.Consensus;

/// <summary>
/// The window of one peer: the messages with entries that are on their way to it unanswered, oldest first, in a ring that is bounded in messages and
/// in bytes. An acknowledgment is cumulative: it frees every message up to its index.
/// </summary>
internal sealed class Inflights(int maxMessages, int maxBytes)
{
    private readonly InflightMessage[] _ring = new InflightMessage[maxMessages];
    private readonly int _maxBytes = maxBytes;
    private int _oldest;

    /// <summary>How many messages are on their way.</summary>
    public int Count { get; private set; }

    /// <summary>The entries in them, in bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>The entries in all messages freed so far, in bytes.</summary>
    public long FreedBytes { get; private set; }

    /// <summary>How many messages may be on their way.</summary>
    public int MessageWindow { get; private set; } = maxMessages;

    /// <summary>How many bytes may be on their way.</summary>
    public int ByteWindow { get; private set; } = maxBytes;

    /// <summary>Narrows or widens the window, within its bounds. What is on its way already stays.</summary>
    /// <param name="messages">How many messages.</param>
    /// <param name="bytes">How many bytes.</param>
    public void Limit(int messages, long bytes)
    {
        MessageWindow = Math.Min(messages, _ring.Length);
        ByteWindow = (int)Math.Min(bytes, _maxBytes);
    }

    /// <summary>True if a message of this size may be sent. A single one that is larger than the whole window may, alone.</summary>
    /// <param name="sizeInBytes">The message's entries, in bytes.</param>
    /// <returns>True if it fits.</returns>
    /// <remarks>The window is full once it is reached, by the last message a little exceeded; its bound never is. If it were as hard as that, two messages would never be on their
    /// way where one fills more than half of it, and a peer that can take more would never show it.</remarks>
    public bool HasRoomFor(int sizeInBytes) => Count == 0 || (Count < MessageWindow && Bytes < ByteWindow && Bytes + sizeInBytes <= _maxBytes);

    /// <summary>Takes in a message that is being sent.</summary>
    /// <param name="lastIndex">The index of the last entry in it.</param>
    /// <param name="sizeInBytes">Its entries, in bytes.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="InvalidOperationException">The window is full.</exception>
    public void Add(long lastIndex, int sizeInBytes, TimeSpan now)
    {
        if (Count == _ring.Length)
        {
            throw new InvalidOperationException($"Message {lastIndex} does not fit into a full window of {_ring.Length} messages.");
        }

        int slot = _oldest + Count;
        _ring[slot < _ring.Length ? slot : slot - _ring.Length] = new InflightMessage(lastIndex, sizeInBytes, now, FreedBytes);
        Count++;
        Bytes += sizeInBytes;
    }

    /// <summary>Frees every message whose entries are all at or below an index.</summary>
    /// <param name="index">The acknowledged index.</param>
    /// <param name="newest">The newest of them.</param>
    /// <returns>True if there was one.</returns>
    public bool FreeTo(long index, out InflightMessage newest)
    {
        newest = default;
        bool any = false;
        while (Count > 0 && _ring[_oldest].LastIndex <= index)
        {
            newest = _ring[_oldest];
            any = true;
            Bytes -= newest.SizeInBytes;
            FreedBytes += newest.SizeInBytes;
            _oldest = _oldest + 1 == _ring.Length ? 0 : _oldest + 1;
            Count--;
        }

        return any;
    }

    /// <summary>Forgets all messages.</summary>
    public void Clear()
    {
        _oldest = 0;
        Count = 0;
        Bytes = 0;
    }
}
