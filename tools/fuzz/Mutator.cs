using System;
using System.Buffers.Binary;
using System.Collections.Generic;

namespace RaftEngine.Fuzz;

/// <summary>
/// Makes inputs of others: bits, bytes and numbers at places where numbers stand, pieces moved, dropped, doubled and taken from
/// another input. Most get their checksums back, so that what lies behind them is reached. The same seed makes the same inputs.
/// </summary>
internal sealed class Mutator(ulong seed)
{
    private const int KeptInputs = 256;

    private static readonly long[] Numbers =
    [
        0, 1, -1, 2, 7, 8, 127, 128, 255, 256, 4095, 4096, 65_535, 65_536, 1 << 20,
        int.MaxValue, int.MinValue, uint.MaxValue, 1L << 40, 1L << 62, long.MaxValue, long.MinValue,
    ];

    private readonly List<byte[]> _kept = [];
    private ulong _state = seed | 1;

    /// <summary>The next input.</summary>
    public byte[] Next(FuzzTarget target)
    {
        List<byte> input = [.. Pick(target)];
        for (int left = 1 + Below(Below(4) == 0 ? 16 : 3); left > 0; left--)
        {
            Mutate(input, target);
        }

        if (input.Count > target.MaxBytes)
        {
            input.RemoveRange(target.MaxBytes, input.Count - target.MaxBytes);
        }

        byte[] bytes = [.. input];
        if (Below(8) != 0)
        {
            target.Repair(bytes);
        }

        return bytes;
    }

    /// <summary>Keeps an input, so that others are made of it.</summary>
    public void Keep(byte[] input)
    {
        if (_kept.Count < KeptInputs)
        {
            _kept.Add(input);
        }
        else
        {
            _kept[Below(KeptInputs)] = input;
        }
    }

    private byte[] Pick(FuzzTarget target) =>
        _kept.Count > 0 && Below(2) == 0 ? _kept[Below(_kept.Count)] : target.Seeds[Below(target.Seeds.Count)];

    private void Mutate(List<byte> input, FuzzTarget target)
    {
        if (input.Count == 0)
        {
            input.Add((byte)Below(256));
            return;
        }

        int at = Below(input.Count);
        int length = 1 + Below(Math.Min(input.Count - at, 1 << Below(12)));
        switch (Below(10))
        {
            case 0:
                input[at] ^= (byte)(1 << Below(8));
                break;
            case 1:
                input[at] = (byte)Below(256);
                break;
            case 2 or 3 or 4:
                PutNumber(input, at);
                break;
            case 5:
                input.RemoveRange(at, length);
                break;
            case 6:
                input.InsertRange(at, input.GetRange(at, length));
                break;
            case 7:
                byte[] other = Pick(target);
                int from = other.Length == 0 ? 0 : Below(other.Length);
                input.InsertRange(at, other.AsSpan(from, Math.Min(length, other.Length - from)).ToArray());
                break;
            case 8:
                List<byte> moved = input.GetRange(at, length);
                input.RemoveRange(at, length);
                input.InsertRange(Below(input.Count + 1), moved);
                break;
            default:
                for (int i = 0; i < length; i++)
                {
                    input[at + i] = 0;
                }

                break;
        }
    }

    // A number of 1, 2, 4 or 8 bytes where one may stand: one that is at a bound, or near the one that is there.
    private void PutNumber(List<byte> input, int at)
    {
        int size = 1 << Below(4);
        at -= at % size;
        if (at + size > input.Count)
        {
            return;
        }

        Span<byte> bytes = stackalloc byte[sizeof(long)];
        for (int i = 0; i < size; i++)
        {
            bytes[i] = input[at + i];
        }

        long there = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        long number = Below(3) == 0 ? there + Below(9) - 4 : Below(3) == 0 ? input.Count + Below(9) - 4 : Numbers[Below(Numbers.Length)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        for (int i = 0; i < size; i++)
        {
            input[at + i] = bytes[i];
        }
    }

    // xorshift64*: quick, and the same everywhere.
    private int Below(int bound)
    {
        _state ^= _state >> 12;
        _state ^= _state << 25;
        _state ^= _state >> 27;
        return (int)((_state * 2_685_821_657_736_338_717UL >> 33) % (ulong)bound);
    }
}
