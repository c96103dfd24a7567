using System;

namespace RaftEngine.Samples.Kv.Store;

/// <summary>MULTI … EXEC as one command of the log: all of its calls are executed, with nothing in between, or
/// none.</summary>
internal static class Transactions
{
    /// <summary>True if every watch and every call can be read, so that executing them cannot stop half way.</summary>
    public static bool IsWhole(ReadOnlySpan<byte> command, KvCommandReader reader, ref (int Offset, int Length)[] places)
    {
        if (!reader.TryReadVarint(out ulong watches))
        {
            return false;
        }

        for (; watches > 0; watches--)
        {
            if (!TryReadWatch(ref reader, out _, out _, out _))
            {
                return false;
            }
        }

        if (!reader.TryReadVarint(out ulong calls))
        {
            return false;
        }

        for (; calls > 0; calls--)
        {
            if (!reader.TryReadCall(command, out _, out _, ref places, out _))
            {
                return false;
            }
        }

        return reader.AtEnd;
    }

    /// <summary>Executes one that is whole.</summary>
    public static KvResult Execute(KvStore store, ReadOnlySpan<byte> command, KvCommandReader reader, ref (int Offset, int Length)[] places)
    {
        bool isUnchanged = true;
        reader.TryReadVarint(out ulong watches);
        for (; watches > 0; watches--)
        {
            TryReadWatch(ref reader, out byte database, out long version, out ReadOnlySpan<byte> key);
            isUnchanged &= store.Databases[database].VersionOf(key) == version;
        }

        if (!isUnchanged)
        {
            return new KvResult(KvOutcome.NilArray);
        }

        reader.TryReadVarint(out ulong calls);
        KvResult[] results = new KvResult[calls];
        for (int i = 0; i < results.Length; i++)
        {
            reader.TryReadCall(command, out byte database, out KvOperation operation, ref places, out int count);
            KvArguments arguments = new(command, places.AsSpan(0, count));
            results[i] = KvOperations.Execute(operation, new KvCall(store, database, arguments, store.Time.Elapsed));
        }

        return KvResult.FromItems(results);
    }

    private static bool TryReadWatch(ref KvCommandReader reader, out byte database, out long version, out ReadOnlySpan<byte> key)
    {
        key = default;
        bool read = reader.TryReadByte(out database) & reader.TryReadVarint(out ulong number);
        version = (long)number;
        return read && database < KvStore.DatabaseCount && reader.TryReadBytes(out key);
    }
}
