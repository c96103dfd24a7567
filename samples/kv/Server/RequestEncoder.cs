using System;
using System.Collections.Generic;
using RaftEngine.Samples.Kv.Resp;
using RaftEngine.Samples.Kv.Store;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>Turns requests into commands for the log.</summary>
internal static class RequestEncoder
{
    /// <summary>The most bytes that a request becomes as a command: an argument is never longer there, and its length
    /// is.</summary>
    public static int MaxLength(RespArguments request) =>
        request.RequestBytes + (request.Count * KvCommandWriter.MaxFieldOverheadBytes) + KvCommandWriter.MaxCallOverheadBytes;

    /// <summary>Encodes a request as a command of one call.</summary>
    /// <returns>Its length in bytes.</returns>
    public static int Encode(Span<byte> destination, KvOperation operation, int database, RespArguments request, in KvStamp stamp)
    {
        KvCommandWriter writer = Begin(destination, KvCommandKind.Call, in stamp);
        return writer.Length + EncodeCall(destination[writer.Length..], operation, database, request);
    }

    /// <summary>Encodes a call, without the header of a command.</summary>
    /// <returns>Its length in bytes.</returns>
    public static int EncodeCall(Span<byte> destination, KvOperation operation, int database, RespArguments request)
    {
        KvCommandWriter writer = KvCommandWriter.Append(destination);
        writer.WriteByte((byte)database);
        writer.WriteByte((byte)operation);
        writer.WriteVarint((ulong)(request.Count - 1));
        for (int i = 1; i < request.Count; i++)
        {
            writer.WriteBytes(request[i]);
        }

        return writer.Length;
    }

    /// <summary>Encodes a transaction.</summary>
    /// <returns>The command.</returns>
    public static byte[] Encode(QueuedTransaction transaction, List<(int Database, byte[] Key, long Version)> watches, in KvStamp stamp)
    {
        int most = KvCommandWriter.MaxCallOverheadBytes + KvCommandWriter.MaxFieldOverheadBytes + transaction.Calls.Length;
        foreach ((_, byte[] key, _) in watches)
        {
            most += 1 + (2 * KvCommandWriter.MaxFieldOverheadBytes) + key.Length;
        }

        byte[] command = new byte[most];
        KvCommandWriter writer = Begin(command, KvCommandKind.Transaction, in stamp);
        writer.WriteVarint((ulong)watches.Count);
        foreach ((int database, byte[] key, long version) in watches)
        {
            writer.WriteByte((byte)database);
            writer.WriteVarint((ulong)version);
            writer.WriteBytes(key);
        }

        writer.WriteVarint((ulong)transaction.CallCount);
        transaction.Calls.CopyTo(command.AsSpan(writer.Length));
        return command[..(writer.Length + transaction.Calls.Length)];
    }

    private static KvCommandWriter Begin(Span<byte> destination, KvCommandKind kind, in KvStamp stamp)
    {
        KvCommandWriter writer = new(destination, kind, stamp.Term == 0 ? KvCommandFlags.None : KvCommandFlags.Stamped);
        if (stamp.Term != 0)
        {
            writer.WriteStamp(in stamp);
        }

        return writer;
    }
}
