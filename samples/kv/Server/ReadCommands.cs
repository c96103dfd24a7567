using System;
using System.Diagnostics;
using CommunityToolkit.HighPerformance.Buffers;
using RaftEngine.Samples.Kv.Resp;
using RaftEngine.Samples.Kv.Store;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>Answers the requests that read, from the state machine as it is. The read barrier is the caller's.</summary>
internal static class ReadCommands
{
    /// <summary>Answers one request; its number of arguments has been checked.</summary>
    public static void Answer(CommandId id, RespArguments request, KvStateMachine store, RespWriter writer)
    {
        switch (id)
        {
            case CommandId.Get:
                if (TryGet(store, request[1], out KvValue value))
                {
                    writer.WriteBulk(value);
                }
                else
                {
                    writer.WriteNull();
                }

                break;
            case CommandId.StrLen:
                bool found = TryGet(store, request[1], out KvValue measured);
                writer.WriteInteger(found ? measured.AsSpan(stackalloc byte[KvValue.MaxIntegerBytes]).Length : 0);
                break;
            case CommandId.Exists:
                writer.WriteInteger(CountExisting(request, store));
                break;
            case CommandId.MGet:
                GetMany(request, store, writer);
                break;
            case CommandId.DbSize:
                using (KvStateMachine.Reader reader = store.OpenRead())
                {
                    writer.WriteInteger(reader.Count);
                }

                break;
            default:
                throw new UnreachableException($"{id} is no command that reads.");
        }
    }

    private static bool TryGet(KvStateMachine store, ReadOnlySpan<byte> key, out KvValue value)
    {
        using KvStateMachine.Reader reader = store.OpenRead();
        return reader.TryGet(key, out value);
    }

    private static int CountExisting(RespArguments request, KvStateMachine store)
    {
        int existing = 0;
        using KvStateMachine.Reader reader = store.OpenRead();
        for (int i = 1; i < request.Count; i++)
        {
            existing += reader.TryGet(request[i], out _) ? 1 : 0;
        }

        return existing;
    }

    /// <summary>All the values are fetched under one lock, so that they are of one moment, and written outside of it.</summary>
    private static void GetMany(RespArguments request, KvStateMachine store, RespWriter writer)
    {
        int count = request.Count - 1;
        using SpanOwner<(bool Exists, KvValue Value)> rented = SpanOwner<(bool Exists, KvValue Value)>.Allocate(count);
        Span<(bool Exists, KvValue Value)> values = rented.Span;
        using (KvStateMachine.Reader reader = store.OpenRead())
        {
            for (int i = 0; i < count; i++)
            {
                values[i].Exists = reader.TryGet(request[i + 1], out values[i].Value);
            }
        }

        writer.WriteArray(count);
        for (int i = 0; i < count; i++)
        {
            if (values[i].Exists)
            {
                writer.WriteBulk(values[i].Value);
            }
            else
            {
                writer.WriteNull();
            }
        }

        values.Clear(); // a pool must keep no value alive
    }
}
