using System;
using System.Runtime.InteropServices;

namespace RaftEngine.Log;

/// <summary>
/// Where a group of records is encoded before it goes to the file in one write: the chain value before it, the records, the mark. In native memory, so that the
/// kernel reads it without a pin, and reused for every group. The loop's own.
/// </summary>
internal sealed unsafe class GroupBuffer(int capacity) : IDisposable
{
    private byte* _bytes = Allocate(capacity);

    /// <summary>The most bytes of records.</summary>
    public int Capacity { get; private set; } = capacity;

    /// <summary>The bytes of records in it.</summary>
    public int Length { get; set; }

    /// <summary>The 8 bytes before the next record, and room for it.</summary>
    public Span<byte> ChainAndNext(int size) => Slice(Length, RecordFormat.ChainBytes + size);

    /// <summary>The group's records, and room for the mark.</summary>
    public Span<byte> RecordsAndMark => Slice(RecordFormat.ChainBytes, Length + TailMark.SizeInBytes);

    /// <summary>The 8 bytes before the record that starts so many bytes into the group.</summary>
    public ulong ChainBefore(int start) => RecordFormat.ReadChain(Slice(start, RecordFormat.ChainBytes));

    /// <summary>Makes an empty group large enough for one record of another node's that is larger than this node's own are.</summary>
    public void Grow(int capacity)
    {
        byte* larger = Allocate(capacity);
        NativeMemory.Free(_bytes);
        _bytes = larger;
        Capacity = capacity;
    }

    public void Dispose()
    {
        NativeMemory.Free(_bytes);
        _bytes = null;
    }

    private static byte* Allocate(int capacity) => (byte*)NativeMemory.Alloc((nuint)(RecordFormat.ChainBytes + capacity + TailMark.SizeInBytes));

    private Span<byte> Slice(int start, int length)
    {
        if (_bytes is null || start + length > RecordFormat.ChainBytes + Capacity + TailMark.SizeInBytes)
        {
            throw new InvalidOperationException($"{length} bytes at {start} are outside a group of {Capacity}.");
        }

        return new Span<byte>(_bytes + start, length);
    }
}
