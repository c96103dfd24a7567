using System;
using System.Buffers.Binary;
using System.IO.Hashing;
using RaftEngine.Protocol;

namespace RaftEngine.Transport;

/// <summary>
/// The bytes of one message on the wire: a header of fixed size, then the body as it is. The header proves itself; the body does not need to, because the entries
/// in it carry the log's own chained checksums, and they continue the chain value that the header holds.
/// </summary>
/// <remarks>
/// All numbers are little-endian; ids of 16 bytes are in the order in which they are printed.
/// <code>
/// offset size
///      0    4  magic "RFTF"
///      4    2  version of the protocol
///      6    1  kind
///      7    1  flags: bit 0 rejected, bit 1 transfer, bit 7 (from version 5) a receiver that does not know the kind skips the frame;
///              the others are 0
///      8    2  header length, 168
///     10    1  kind of the entry proposed
///     11    1  why a proposal was refused
///     12    4  body length
///     16   16  cluster id
///     32    8  group id
///     40    8  from
///     48    8  to
///     56    8  term
///     64    8  index
///     72    8  term of the entry at index
///     80    8  last index
///     88    8  term of the entries
///     96    8  commit
///    104    8  hint index
///    112    8  hint term
///    120    8  read round
///    128    8  append request, snapshot: previous chain; the others: run
///    136    8  sent at, ticks of 100 ns on the leader's clock
///    144    8  incarnation of the follower
///    152    8  duration, ticks of 100 ns
///    160    8  CRC-64 of bytes 0..160
///    168    n  body
/// </code>
/// </remarks>
internal static class FrameFormat
{
    /// <summary>The bytes of a header.</summary>
    public const int HeaderBytes = 168;

    /// <summary>The newest version of the protocol that this release speaks: of the frames and of what they mean.</summary>
    public const ushort Version = 5;

    /// <summary>The oldest one. In version 4 no frame may be skipped; the layout is the same.</summary>
    public const ushort OldestVersion = 4;

    /// <summary>"RFTF", read as a little-endian number.</summary>
    private const uint Magic = 0x4654_4652;

    private const byte RejectedFlag = 1;
    private const byte TransferFlag = 2;
    private const byte SkippableFlag = 0x80;
    private const ushort FirstVersionThatSkips = 5;
    private const int ClusterOffset = 16;
    private const int ChecksumOffset = 160;

    /// <summary>Writes the header of a message. The body follows it, unchanged.</summary>
    /// <param name="destination">At least <see cref="HeaderBytes"/> bytes.</param>
    /// <param name="message">The message.</param>
    /// <param name="clusterId">The sender's cluster.</param>
    /// <param name="groupId">The sender's group.</param>
    /// <param name="bodyBytes">The length of the body that will follow.</param>
    /// <param name="version">The version of the protocol that the two ends agreed on.</param>
    public static void Write(
        Span<byte> destination, in Message message, Guid clusterId, ulong groupId, int bodyBytes, ushort version = Version)
    {
        Span<byte> header = destination[..HeaderBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(header, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], version);
        header[6] = (byte)message.Kind;
        header[7] = (byte)((message.Rejected ? RejectedFlag : 0) | (message.IsTransfer ? TransferFlag : 0));
        BinaryPrimitives.WriteUInt16LittleEndian(header[8..], HeaderBytes);
        header[10] = (byte)message.EntryKind;
        header[11] = (byte)message.Refusal;
        BinaryPrimitives.WriteInt32LittleEndian(header[12..], bodyBytes);
        clusterId.TryWriteBytes(header[ClusterOffset..], bigEndian: true, out _);
        BinaryPrimitives.WriteUInt64LittleEndian(header[32..], groupId);
        BinaryPrimitives.WriteUInt64LittleEndian(header[40..], message.From);
        BinaryPrimitives.WriteUInt64LittleEndian(header[48..], message.To);
        BinaryPrimitives.WriteInt64LittleEndian(header[56..], message.Term);
        BinaryPrimitives.WriteInt64LittleEndian(header[64..], message.Index);
        BinaryPrimitives.WriteInt64LittleEndian(header[72..], message.IndexTerm);
        BinaryPrimitives.WriteInt64LittleEndian(header[80..], message.LastIndex);
        BinaryPrimitives.WriteInt64LittleEndian(header[88..], message.EntryTerm);
        BinaryPrimitives.WriteInt64LittleEndian(header[96..], message.Commit);
        BinaryPrimitives.WriteInt64LittleEndian(header[104..], message.HintIndex);
        BinaryPrimitives.WriteInt64LittleEndian(header[112..], message.HintTerm);
        BinaryPrimitives.WriteUInt64LittleEndian(header[120..], message.ReadRound);
        BinaryPrimitives.WriteUInt64LittleEndian(header[128..], HasChain(message.Kind) ? message.PreviousChain : message.Run);
        BinaryPrimitives.WriteInt64LittleEndian(header[136..], message.SentAt);
        BinaryPrimitives.WriteUInt64LittleEndian(header[144..], message.Incarnation);
        BinaryPrimitives.WriteInt64LittleEndian(header[152..], message.Duration);
        BinaryPrimitives.WriteUInt64LittleEndian(header[ChecksumOffset..], Crc64.HashToUInt64(header[..ChecksumOffset]));
    }

    /// <summary>Reads and checks a header. Takes no memory, and gives out no length that it has not checked.</summary>
    /// <param name="source">At least <see cref="HeaderBytes"/> bytes.</param>
    /// <param name="scope">What the header is checked against.</param>
    /// <param name="message">The message, if the header is taken.</param>
    /// <param name="bodyBytes">The length of its body, if the header is taken: not negative, and within the bounds of the scope.</param>
    /// <returns>Why the header is refused; or <see cref="FrameRefusal.None"/>; or <see cref="FrameRefusal.Skipped"/>, with a length
    /// and no message.</returns>
    public static FrameRefusal TryRead(ReadOnlySpan<byte> source, in FrameScope scope, out Message message, out int bodyBytes)
    {
        ReadOnlySpan<byte> header = source[..HeaderBytes];
        message = default;
        bodyBytes = 0;
        FrameRefusal intact = CheckIntact(header, scope.Version);
        if (intact is not (FrameRefusal.None or FrameRefusal.Skipped))
        {
            return intact;
        }

        ReadFields(header, out Message read);
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(header[12..]);
        FrameRefusal refusal = CheckScope(header, in read, length, in scope);
        if (refusal != FrameRefusal.None)
        {
            return refusal;
        }

        message = intact == FrameRefusal.None ? read : default;
        bodyBytes = (int)length;
        return intact;
    }

    private static bool HasChain(MessageKind kind) =>
        kind is MessageKind.AppendRequest or MessageKind.InstallSnapshot or MessageKind.SnapshotPieces or MessageKind.SnapshotResponse;

    private static FrameRefusal CheckIntact(ReadOnlySpan<byte> header, ushort version)
    {
        if (BinaryPrimitives.ReadUInt32LittleEndian(header) != Magic)
        {
            return FrameRefusal.Magic;
        }

        // Before the checksum: where another version has its checksum is not known.
        if (BinaryPrimitives.ReadUInt16LittleEndian(header[4..]) != version)
        {
            return FrameRefusal.Version;
        }

        if (BinaryPrimitives.ReadUInt64LittleEndian(header[ChecksumOffset..]) != Crc64.HashToUInt64(header[..ChecksumOffset]))
        {
            return FrameRefusal.Checksum;
        }

        if (BinaryPrimitives.ReadUInt16LittleEndian(header[8..]) != HeaderBytes)
        {
            return FrameRefusal.HeaderLength;
        }

        if ((MessageKind)header[6] is < MessageKind.PreVoteRequest or > MessageKind.ProposeResponse)
        {
            return version >= FirstVersionThatSkips && (header[7] & SkippableFlag) != 0 ? FrameRefusal.Skipped : FrameRefusal.Kind;
        }

        bool isKnown = (header[7] & ~KnownFlags(version)) == 0
            && header[10] <= (byte)EntryKind.Session && header[11] <= (byte)ProposalRefusal.Repeated;
        return isKnown ? FrameRefusal.None : FrameRefusal.Reserved;
    }

    private static int KnownFlags(ushort version) =>
        RejectedFlag | TransferFlag | (version >= FirstVersionThatSkips ? SkippableFlag : 0);

    private static FrameRefusal CheckScope(ReadOnlySpan<byte> header, in Message message, uint bodyBytes, in FrameScope scope)
    {
        int most = scope.MaxFrameBytes - HeaderBytes;
        bool isAgreed = message.Kind is MessageKind.AppendRequest or MessageKind.SnapshotPieces;
        if (bodyBytes > (uint)(isAgreed ? Math.Max(most, scope.MaxAgreedBytes) : most))
        {
            return FrameRefusal.BodyLength;
        }

        if (new Guid(header.Slice(ClusterOffset, 16), bigEndian: true) != scope.ClusterId)
        {
            return FrameRefusal.Cluster;
        }

        if (BinaryPrimitives.ReadUInt64LittleEndian(header[32..]) != scope.GroupId)
        {
            return FrameRefusal.Group;
        }

        if (message.From != scope.From)
        {
            return FrameRefusal.From;
        }

        if (message.To != scope.To)
        {
            return FrameRefusal.To;
        }

        // One sign bit stands for all: a term, an index or a time below zero has no meaning anywhere.
        long signs = message.Term | message.Index | message.IndexTerm | message.LastIndex | message.EntryTerm | message.Commit
            | message.HintIndex | message.HintTerm | message.SentAt | message.Duration;
        return signs < 0 ? FrameRefusal.Negative : FrameRefusal.None;
    }

    private static void ReadFields(ReadOnlySpan<byte> header, out Message message)
    {
        ulong chainOrRun = BinaryPrimitives.ReadUInt64LittleEndian(header[128..]);
        MessageKind kind = (MessageKind)header[6];
        message = ReadFields(header) with { PreviousChain = HasChain(kind) ? chainOrRun : 0, Run = HasChain(kind) ? 0 : chainOrRun };
    }

    private static Message ReadFields(ReadOnlySpan<byte> header) => new()
    {
        Kind = (MessageKind)header[6],
        Rejected = (header[7] & RejectedFlag) != 0,
        IsTransfer = (header[7] & TransferFlag) != 0,
        EntryKind = (EntryKind)header[10],
        Refusal = (ProposalRefusal)header[11],
        From = BinaryPrimitives.ReadUInt64LittleEndian(header[40..]),
        To = BinaryPrimitives.ReadUInt64LittleEndian(header[48..]),
        Term = BinaryPrimitives.ReadInt64LittleEndian(header[56..]),
        Index = BinaryPrimitives.ReadInt64LittleEndian(header[64..]),
        IndexTerm = BinaryPrimitives.ReadInt64LittleEndian(header[72..]),
        LastIndex = BinaryPrimitives.ReadInt64LittleEndian(header[80..]),
        EntryTerm = BinaryPrimitives.ReadInt64LittleEndian(header[88..]),
        Commit = BinaryPrimitives.ReadInt64LittleEndian(header[96..]),
        HintIndex = BinaryPrimitives.ReadInt64LittleEndian(header[104..]),
        HintTerm = BinaryPrimitives.ReadInt64LittleEndian(header[112..]),
        ReadRound = BinaryPrimitives.ReadUInt64LittleEndian(header[120..]),
        SentAt = BinaryPrimitives.ReadInt64LittleEndian(header[136..]),
        Incarnation = BinaryPrimitives.ReadUInt64LittleEndian(header[144..]),
        Duration = BinaryPrimitives.ReadInt64LittleEndian(header[152..]),
    };
}
