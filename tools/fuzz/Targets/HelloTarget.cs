using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO.Hashing;
using RaftEngine.Transport;

namespace RaftEngine.Fuzz.Targets;

/// <summary>Hellos and the handshakes behind them, in pieces of any size.</summary>
internal sealed class HelloTarget : FuzzTarget
{
    private const int ChecksumOffset = 72;

    public override string Name => "hello";

    public override int MaxBytes => HelloFormat.Bytes + HandshakeFormat.MaxBytes + 100;

    public override IReadOnlyList<byte[]> Seeds { get; } = [Make(null), Make([]), Make([1, 2, 3])];

    public override void Repair(Span<byte> input)
    {
        if (input.Length < HelloFormat.Bytes)
        {
            return;
        }

        if (input.Length >= HelloFormat.Bytes + 8)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(input[64..], (ushort)(input.Length - HelloFormat.Bytes));
            BinaryPrimitives.WriteUInt64LittleEndian(input[^8..], Crc64.HashToUInt64(input[HelloFormat.Bytes..^8]));
        }

        BinaryPrimitives.WriteUInt64LittleEndian(input[ChecksumOffset..], Crc64.HashToUInt64(input[..ChecksumOffset]));
    }

    public override void Run(byte[] input)
    {
        HelloReader reader = new();
        int piece = input.Length == 0 ? 1 : 1 + (input[^1] % 100);
        for (int taken = 0, count; taken < input.Length; taken += count)
        {
            count = Math.Min(Math.Min(piece, reader.Free.Length), input.Length - taken);
            Require(count > 0, "no room for a byte that is asked for");
            input.AsSpan(taken, count).CopyTo(reader.Free);
            if (reader.Add(count, out Hello hello))
            {
                Require(hello.Identity.Handshake is not { } handshake || handshake.InitialVoters.Length <= 15, "too many voters");
                return;
            }
        }
    }

    private static byte[] Make(ulong[]? voters)
    {
        RaftHandshake? handshake = voters is null
            ? null
            : new RaftHandshake { InitialVoters = [.. voters], ClusterVersion = 2, MaxCommandBytes = 1 << 20 };
        RaftIdentity identity = new(FrameTarget.Cluster, 0, 2, Guid.Empty) { Handshake = handshake };
        Hello hello = new(FrameFormat.Version, HelloOutcome.Dialing, identity, 1);
        byte[] bytes = new byte[HelloFormat.LengthOf(in hello)];
        HelloFormat.Write(bytes, in hello);
        return bytes;
    }
}
