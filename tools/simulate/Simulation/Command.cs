using System;
using System.Buffers.Binary;
using System.Text;

namespace RaftEngine.Simulate.Simulation;

/// <summary>A command of the <see cref="Store"/>.</summary>
/// <param name="Number">A number that no other command has.</param>
/// <param name="Slot">Which slot.</param>
/// <param name="Generation">Of which generation.</param>
/// <param name="IsAppend">Whether the value goes behind what is there, or in its place.</param>
/// <param name="Value">The value.</param>
internal readonly record struct Command(ulong Number, int Slot, int Generation, bool IsAppend, string Value)
{
    private const int HeaderBytes = 17;

    public static Command Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]),
        BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]),
        bytes[16] != 0,
        Encoding.UTF8.GetString(bytes.Slice(HeaderBytes + 2, BinaryPrimitives.ReadUInt16LittleEndian(bytes[HeaderBytes..]))));

    /// <summary>The command as bytes, with some that say nothing behind them.</summary>
    public byte[] ToBytes(int fillerBytes)
    {
        byte[] value = Encoding.UTF8.GetBytes(Value);
        byte[] bytes = new byte[HeaderBytes + 2 + value.Length + fillerBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Number);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), Slot);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), Generation);
        bytes[16] = IsAppend ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(HeaderBytes), (ushort)value.Length);
        value.CopyTo(bytes, HeaderBytes + 2);
        return bytes;
    }
}
