using System;
using System.Runtime.InteropServices;

namespace RaftEngine.Log;

/// <summary>
/// Where a group of records is encoded before it goes to the file in one write: the chain value before it, the records, the mark. In native memory, so that the
/// kernel reads it without a pin, and reused for every group. The loop's own.
/// </summary>
internal sealed unsafe class GroupBuffer(int capacity) : IDisposable
{
    private byte* _bytes = (byte*)NativeMemory.Alloc((nuint)(RecordFormat.ChainBytes + capacity + TailMark.SizeInBytes));

    /// <summary>The most bytes of records.</summary>
    public int Capacity { get; } = capacity;

    /// <summary>The bytes of records in it.</summary>
    public int Length { get; set; }

    /// <summary>The 8 bytes before the next record, and room for it.</summary>
    public Span<byte> ChainAndNext(int size) => Slice(Length, RecordFormat.ChainBytes + size);

    /// <summary>The group's records, and room for the mark.</summary>
    public Span<byte> RecordsAndMark => Slice(RecordFormat.ChainBytes, Length + TailMark.SizeInBytes);

    /// <summary>The 8 bytes before the record that starts so many bytes into the group.</summary>
    public ulong ChainBefore(int start) => RecordFormat.ReadChain(Slice(start, RecordFormat.ChainBytes));

    public void Dispose()
    {
        NativeMemory.Free(_bytes);
        _bytes = null;
    }

    private Span<byte> Slice(int start, int length)
    {
        if (_bytes is null || start + length > RecordFormat.ChainBytes + Capacity + TailMark.SizeInBytes)
        {
            throw new InvalidOperationException($"{length} bytes at {start} are outside a group of {Capacity}.");
        }

        return new Span<byte>(_bytes + start, length);
    }
}
