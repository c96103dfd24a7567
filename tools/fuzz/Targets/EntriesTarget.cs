using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using RaftEngine.Log;
using RaftEngine.Protocol;

namespace RaftEngine.Fuzz.Targets;

/// <summary>Records as append requests carry them: a run that continues the chain. The first byte says how many there should be.</summary>
internal sealed class EntriesTarget : FuzzTarget
{
    private const ulong Previous = 0x1234_5678_9ABC_DEF0;
    private const long FirstIndex = 5;
    private const long Term = 3;
    private const int MaxPayloadBytes = 16 << 10;

    public override string Name => "entries";

    public override IReadOnlyList<byte[]> Seeds { get; } = [Make(1, 0), Make(1, 100), Make(3, 24), Make(20, 7), Make(2, 9000)];

    // Walks as the lengths say, and makes each record continue the one before.
    public override void Repair(Span<byte> input)
    {
        if (input.Length < 1)
        {
            return;
        }

        Span<byte> space = new byte[sizeof(ulong) + input.Length - 1];
        MemoryMarshal.Write(space, Previous);
        input[1..].CopyTo(space[sizeof(ulong)..]);
        int at = sizeof(ulong);
        while (at + RecordFormat.SmallestBytes <= space.Length)
        {
            long size = RecordFormat.SizeOf(RecordFormat.PayloadLengthAt(ref space[at]));
            if (at + size > space.Length)
            {
                break;
            }

            Span<byte> record = space.Slice(at - sizeof(ulong), sizeof(ulong) + (int)size);
            MemoryMarshal.Write(record[^sizeof(ulong)..], RecordFormat.ComputeChain(record));
            at += (int)size;
        }

        space[sizeof(ulong)..].CopyTo(input[1..]);
    }

    public override void Run(byte[] input)
    {
        if (input.Length < 1)
        {
            return;
        }

        ReadOnlySpan<byte> body = input.AsSpan(1);
        long last = FirstIndex + input[0];
        if (!RunVerifier.Verify(body, FirstIndex, last, Term, Previous, MaxPayloadBytes))
        {
            return;
        }

        for (long index = FirstIndex; index <= last; index++)
        {
            int offset = RecordFormat.OffsetOf(body, index - FirstIndex);
            LogRecord record = RecordFormat.Read(body[offset..]);
            bool isRight = record.Index == index && record.Payload.Length <= MaxPayloadBytes && record.Kind != EntryKind.None;
            Require(isRight, $"record {index} is {record.Index}");
        }
    }

    private static byte[] Make(int count, int payloadBytes)
    {
        List<byte> bytes = [(byte)(count - 1)];
        ulong chain = Previous;
        for (int i = 0; i < count; i++)
        {
            byte[] space = new byte[sizeof(ulong) + RecordFormat.SizeOf((uint)payloadBytes)];
            MemoryMarshal.Write(space, chain);
            chain = RecordFormat.Write(space, EntryKind.Command, FirstIndex + i, Term, new byte[payloadBytes]);
            bytes.AddRange(space.AsSpan(sizeof(ulong)));
        }

        return [.. bytes];
    }
}
