using System;
using System.Text;

namespace RaftEngine.Samples.Kv.Store;

/// <summary>Where a replica is that was added later, so that all the others know it.</summary>
/// <param name="Id">The replica.</param>
/// <param name="Address">Where the other replicas reach it: HOST:PORT.</param>
/// <param name="ClientAddress">Where clients reach it: HOST:PORT.</param>
internal readonly record struct KvMember(ulong Id, string Address, string ClientAddress)
{
    /// <summary>Writes it as a command.</summary>
    public byte[] ToCommand()
    {
        byte[] address = Encoding.UTF8.GetBytes(Address);
        byte[] clientAddress = Encoding.UTF8.GetBytes(ClientAddress);
        byte[] command = new byte[KvCommandWriter.HeaderBytes + (3 * KvCommandWriter.MaxFieldOverheadBytes) + address.Length + clientAddress.Length];
        KvCommandWriter writer = new(command, KvCommandKind.Member, KvCommandFlags.None);
        writer.WriteVarint(Id);
        writer.WriteBytes(address);
        writer.WriteBytes(clientAddress);
        return command[..writer.Length];
    }

    /// <summary>Reads it from a command, to its end.</summary>
    public static bool TryRead(ref KvCommandReader reader, out KvMember member)
    {
        member = default;
        if (!reader.TryReadVarint(out ulong id)
            || !reader.TryReadBytes(out ReadOnlySpan<byte> address)
            || !reader.TryReadBytes(out ReadOnlySpan<byte> clientAddress)
            || !reader.AtEnd)
        {
            return false;
        }

        member = new KvMember(id, Encoding.UTF8.GetString(address), Encoding.UTF8.GetString(clientAddress));
        return true;
    }
}
