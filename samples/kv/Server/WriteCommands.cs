using System;
using System.Diagnostics;
using RaftEngine.Samples.Kv.Resp;
using RaftEngine.Samples.Kv.Store;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>Turns the requests that write into commands for the log.</summary>
internal static class WriteCommands
{
    private const string SyntaxError = "ERR syntax error";

    /// <summary>Room for the command that a request becomes: a field of it is never longer than the argument in its request, so only the header comes on top.</summary>
    public static int MaxLength(RespArguments request) => request.RequestBytes + ((request.Count + 2) * KvCommandWriter.MaxFieldOverheadBytes) + KvCommandWriter.HeaderBytes;

    /// <summary>Encodes a request.</summary>
    /// <param name="id">The request's command.</param>
    /// <param name="request">The request; its number of arguments has been checked.</param>
    /// <param name="destination">Takes the command; at least <see cref="MaxLength"/>.</param>
    /// <param name="length">The command's length, in bytes.</param>
    /// <returns>Null, or the error to answer.</returns>
    public static string? Encode(CommandId id, RespArguments request, Span<byte> destination, out int length)
    {
        length = 0;
        switch (id)
        {
            case CommandId.Set:
                return EncodeSet(request, destination, out length);
            case CommandId.Del:
                length = EncodeList(KvCommandKind.Delete, request.Count - 1, request, destination);
                return null;
            case CommandId.MSet when request.Count % 2 == 0:
                return ErrorReplies.WrongNumberOfArguments("mset");
            case CommandId.MSet:
                length = EncodeList(KvCommandKind.SetMany, (request.Count - 1) / 2, request, destination);
                return null;
            case CommandId.Append:
                KvCommandWriter append = new(destination, KvCommandKind.Append, KvCommandFlags.None);
                append.WriteBytes(request[1]);
                append.WriteBytes(request[2]);
                length = append.Length;
                return null;
            case CommandId.Incr:
            case CommandId.Decr:
                length = KvCommandWriter.EncodeIncrementBy(destination, request[1], id == CommandId.Incr ? 1 : -1);
                return null;
            case CommandId.IncrBy:
                if (!KvValue.TryParseInteger(request[2], out long delta))
                {
                    return ErrorReplies.NotAnInteger;
                }

                length = KvCommandWriter.EncodeIncrementBy(destination, request[1], delta);
                return null;
            default:
                throw new UnreachableException($"{id} is no command that writes.");
        }
    }

    private static string? EncodeSet(RespArguments request, Span<byte> destination, out int length)
    {
        length = 0;
        KvCommandFlags flags = KvCommandFlags.None;
        int expected = 0;
        for (int i = 3; i < request.Count; i++)
        {
            KvCommandFlags option = request.Is(i, "NX"u8) ? KvCommandFlags.IfMissing
                : request.Is(i, "XX"u8) ? KvCommandFlags.IfPresent
                : request.Is(i, "GET"u8) ? KvCommandFlags.ReturnOld
                : request.Is(i, "IFEQ"u8) ? KvCommandFlags.IfEqual
                : KvCommandFlags.None;
            bool secondCondition = option != KvCommandFlags.ReturnOld && (flags & ~KvCommandFlags.ReturnOld) != 0;
            if (option == KvCommandFlags.None || secondCondition || (option == KvCommandFlags.IfEqual && i + 1 == request.Count))
            {
                return SyntaxError;
            }

            flags |= option;
            if (option == KvCommandFlags.IfEqual)
            {
                expected = ++i;
            }
        }

        KvCommandWriter writer = new(destination, KvCommandKind.Set, flags);
        writer.WriteBytes(request[1]);
        writer.WriteBytes(request[2]);
        if (expected != 0)
        {
            writer.WriteBytes(request[expected]);
        }

        length = writer.Length;
        return null;
    }

    private static int EncodeList(KvCommandKind kind, int count, RespArguments request, Span<byte> destination)
    {
        KvCommandWriter writer = new(destination, kind, KvCommandFlags.None);
        writer.WriteVarint((ulong)count);
        for (int i = 1; i < request.Count; i++)
        {
            writer.WriteBytes(request[i]);
        }

        return writer.Length;
    }
}
