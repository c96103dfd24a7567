using System;
using RaftEngine.Protocol;

namespace RaftEngine.Tests.Transport;

/// <summary>Identities and messages for transport tests.</summary>
internal static class Sample
{
    public static readonly Guid Cluster = new("6f0c1d2e-3a4b-4c5d-8e6f-708192a3b4c5");

    public const ulong Group = 9;

    public static RaftIdentity Identity(ulong nodeId) => new(Cluster, Group, nodeId, Guid.NewGuid());

    /// <summary>A message whose every field differs from every other.</summary>
    public static Message Full(MessageKind kind, ulong from, ulong to) => new()
    {
        Kind = kind,
        Rejected = ((int)kind & 1) != 0,
        EntryKind = EntryKind.Configuration,
        Refusal = ProposalRefusal.TooLarge,
        From = from,
        To = to,
        Term = 0x0102_0304_0506_0708,
        Index = 0x1112_1314_1516_1718,
        IndexTerm = 0x2122_2324_2526_2728,
        LastIndex = 0x3132_3334_3536_3738,
        EntryTerm = 0x4142_4344_4546_4748,
        Commit = 0x5152_5354_5556_5758,
        HintIndex = 0x6162_6364_6566_6768,
        HintTerm = 0x7172_7374_7576_7778,
        ReadRound = 0x8182_8384_8586_8788,
        PreviousChain = HasChain(kind) ? 0x9192_9394_9596_9798 : 0,
        Run = HasChain(kind) ? 0 : 0xD1D2_D3D4_D5D6_D7D8,
        SentAt = 0x21A2_A3A4_A5A6_A7A8,
        Incarnation = 0xB1B2_B3B4_B5B6_B7B8,
        Duration = 0x41C2_C3C4_C5C6_C7C8,
        IsTransfer = ((int)kind & 2) != 0,
    };

    private static bool HasChain(MessageKind kind) =>
        kind is MessageKind.AppendRequest or MessageKind.InstallSnapshot or MessageKind.SnapshotPieces or MessageKind.SnapshotResponse;

    /// <summary>The n-th of a row of messages.</summary>
    public static Message Numbered(ulong from, ulong to, long number, MessageKind kind = MessageKind.AppendRequest) =>
        new() { Kind = kind, From = from, To = to, Term = 1, Index = number };

    /// <summary>Bytes that depend on their place and on a seed.</summary>
    public static byte[] Body(int length, int seed)
    {
        byte[] body = new byte[length];
        new Random(seed).NextBytes(body);
        return body;
    }
}
