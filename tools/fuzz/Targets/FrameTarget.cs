using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO.Hashing;
using RaftEngine.Protocol;
using RaftEngine.Transport;

namespace RaftEngine.Fuzz.Targets;

/// <summary>Headers of messages on the wire, in both versions of the protocol.</summary>
internal sealed class FrameTarget : FuzzTarget
{
    private const int MaxFrameBytes = 1 << 20;
    private const int MaxAgreedBytes = 2 << 20;
    private const int ChecksumOffset = 160;

    public static readonly Guid Cluster = new("6f0c1d2e-3a4b-4c5d-8e6f-708192a3b4c5");

    public override string Name => "frame";

    public override int MaxBytes => FrameFormat.HeaderBytes;

    public override IReadOnlyList<byte[]> Seeds { get; } = MakeSeeds();

    public override void Repair(Span<byte> input)
    {
        if (input.Length >= FrameFormat.HeaderBytes)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(input[ChecksumOffset..], Crc64.HashToUInt64(input[..ChecksumOffset]));
        }
    }

    public override void Run(byte[] input)
    {
        if (input.Length < FrameFormat.HeaderBytes)
        {
            return;
        }

        for (ushort version = FrameFormat.OldestVersion; version <= FrameFormat.Version; version++)
        {
            FrameScope scope = new(Cluster, 0, 2, 1, MaxFrameBytes) { MaxAgreedBytes = MaxAgreedBytes, Version = version };
            FrameRefusal refusal = FrameFormat.TryRead(input, in scope, out Message message, out int bodyBytes);
            bool isTaken = refusal is FrameRefusal.None or FrameRefusal.Skipped;
            Require(bodyBytes >= 0 && bodyBytes <= (isTaken ? MaxAgreedBytes : 0), $"a body of {bodyBytes} bytes with {refusal}");
            Require(
                refusal != FrameRefusal.None || (message.From == 2 && message.To == 1 && message.Term >= 0),
                "a message that does not fit its scope");
            Require(refusal == FrameRefusal.None || message == default, $"a message with {refusal}");
        }
    }

    private static List<byte[]> MakeSeeds()
    {
        List<byte[]> seeds = [];
        foreach (MessageKind kind in Enum.GetValues<MessageKind>())
        {
            byte[] frame = new byte[FrameFormat.HeaderBytes];
            Message message = new()
            {
                Kind = kind, From = 2, To = 1, Term = 3, Index = 4, IndexTerm = 3, LastIndex = 6, EntryTerm = 3, Commit = 4,
            };
            FrameFormat.Write(frame, in message, Cluster, 0, 100, (ushort)(FrameFormat.OldestVersion + ((int)kind % 2)));
            seeds.Add(frame);
        }

        return seeds;
    }
}
