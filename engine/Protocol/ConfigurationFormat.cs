using System;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace RaftEngine.Protocol;

/// <summary>The bytes of a configuration: the payload of an entry of kind <see cref="EntryKind.Configuration"/>, and a part of every snapshot.</summary>
/// <remarks>
/// All numbers are little-endian.
/// <code>
/// offset size
///      0    2  version, 1
///      2    2  number of members m, 1 to 40
///      4    4  flags: bit 0 imposed by an administrator, not agreed on by the members before; the others are 0
///      8  24m  the members, ascending by their id:
///
///         0    8  node id, not 0
///         8    8  incarnation; 0: not known yet
///        16    1  roles: bit 0 voter, bit 1 outgoing voter, bit 2 learner, bit 3 promotable; the others are 0
///        17    7  reserved, 0
/// </code>
/// Equal configurations have equal bytes. Whatever is not written here (another version, a reserved byte that is not 0, members out of order, bytes left over) is refused: a
/// node that guesses at a configuration may count a majority that is none.
/// </remarks>
internal static class ConfigurationFormat
{
    /// <summary>The most bytes of a configuration.</summary>
    public const int MaxBytes = HeaderBytes + (Configuration.MaxMembers * MemberBytes);

    private const ushort Version = 1;
    private const uint ImposedFlag = 1;
    private const int HeaderBytes = 8;
    private const int MemberBytes = 24;

    /// <summary>How many bytes a configuration takes.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <returns>The length; at most <see cref="MaxBytes"/>.</returns>
    public static int LengthOf(Configuration configuration) => HeaderBytes + (configuration.Members.Length * MemberBytes);

    /// <summary>Writes a configuration.</summary>
    /// <param name="destination">At least <see cref="LengthOf"/> bytes.</param>
    /// <param name="configuration">The configuration.</param>
    /// <returns>How many bytes it took.</returns>
    public static int Write(Span<byte> destination, Configuration configuration)
    {
        int length = LengthOf(configuration);
        Span<byte> bytes = destination[..length];
        bytes.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, Version);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[2..], (ushort)configuration.Members.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[4..], configuration.IsImposed ? ImposedFlag : 0);
        for (int i = 0; i < configuration.Members.Length; i++)
        {
            Member member = configuration.Members[i];
            Span<byte> row = bytes.Slice(HeaderBytes + (i * MemberBytes), MemberBytes);
            BinaryPrimitives.WriteUInt64LittleEndian(row, member.NodeId);
            BinaryPrimitives.WriteUInt64LittleEndian(row[8..], member.Incarnation);
            row[16] = (byte)member.Roles;
        }

        return length;
    }

    /// <summary>Reads a configuration. Takes no memory for a length that it has not checked.</summary>
    /// <param name="source">The whole payload.</param>
    /// <param name="configuration">The configuration, if it is one.</param>
    /// <returns>False if these bytes are not exactly what <see cref="Write"/> writes.</returns>
    public static bool TryRead(ReadOnlySpan<byte> source, [NotNullWhen(true)] out Configuration? configuration)
    {
        configuration = null;
        if (source.Length < HeaderBytes
            || BinaryPrimitives.ReadUInt16LittleEndian(source) != Version
            || (BinaryPrimitives.ReadUInt32LittleEndian(source[4..]) & ~ImposedFlag) != 0)
        {
            return false;
        }

        int count = BinaryPrimitives.ReadUInt16LittleEndian(source[2..]);
        if (count is < 1 or > Configuration.MaxMembers || source.Length != HeaderBytes + (count * MemberBytes))
        {
            return false;
        }

        ImmutableArray<Member>.Builder members = ImmutableArray.CreateBuilder<Member>(count);
        ulong previous = 0;
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> row = source.Slice(HeaderBytes + (i * MemberBytes), MemberBytes);
            ulong nodeId = BinaryPrimitives.ReadUInt64LittleEndian(row);
            if (nodeId <= previous || row[17..].ContainsAnyExcept((byte)0))
            {
                return false;
            }

            previous = nodeId;
            members.Add(new Member(nodeId, (MemberRoles)row[16], BinaryPrimitives.ReadUInt64LittleEndian(row[8..])));
        }

        try
        {
            configuration = new Configuration(members.MoveToImmutable()) { IsImposed = BinaryPrimitives.ReadUInt32LittleEndian(source[4..]) == ImposedFlag };
            return true;
        }
        catch (ArgumentException)
        {
            return false; // The roles contradict each other, or there are too many voters.
        }
    }
}
