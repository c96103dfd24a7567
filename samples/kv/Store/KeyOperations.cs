using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace RaftEngine.Samples.Kv.Store;

/// <summary>The operations on keys, whatever their values are.</summary>
internal static class KeyOperations
{
    private const int DefaultScanCount = 10;

    private static KvResult NoSuchKey => KvResult.Error("ERR no such key");

    public static KvResult Delete(in KvCall call)
    {
        long removed = 0;
        for (int i = 1; i < call.Arguments.Count; i++)
        {
            removed += call.Database.Remove(call.Arguments[i]) ? 1 : 0;
        }

        return KvResult.FromInteger(removed);
    }

    public static KvResult Exists(in KvCall call)
    {
        long existing = 0;
        for (int i = 1; i < call.Arguments.Count; i++)
        {
            existing += call.Database.TryGet(call.Arguments[i], out _) ? 1 : 0;
        }

        return KvResult.FromInteger(existing);
    }

    public static KvResult Type(in KvCall call) => KvResult.Simple(call.Database.TryGet(call.Arguments[1], out _) ? "string" : "none");

    /// <summary>RENAME, or RENAMENX, which does nothing if there is a key of the new name.</summary>
    public static KvResult Rename(in KvCall call, bool ifMissing)
    {
        ReadOnlySpan<byte> from = call.Arguments[1];
        ReadOnlySpan<byte> to = call.Arguments[2];
        if (!call.Database.TryGet(from, out KvItem item))
        {
            return NoSuchKey;
        }

        bool isSame = from.SequenceEqual(to);
        if (ifMissing && (isSame || call.Database.TryGet(to, out _)))
        {
            return KvResult.FromInteger(0);
        }

        if (!isSame)
        {
            call.Database.Remove(from);
            call.Database.Set(to, item.Value, item.Expiry);
        }

        return ifMissing ? KvResult.FromInteger(1) : KvResult.Done;
    }

    /// <summary>COPY source destination [DB number] [REPLACE].</summary>
    public static KvResult Copy(in KvCall call)
    {
        int target = call.Number;
        bool replaces = false;
        for (int i = 3; i < call.Arguments.Count; i++)
        {
            if (call.Arguments.Is(i, "REPLACE"u8))
            {
                replaces = true;
            }
            else if (!call.Arguments.Is(i, "DB"u8) || i + 1 == call.Arguments.Count)
            {
                return KvResult.SyntaxError;
            }
            else if (call.ReadDatabase(++i, out target) is { } error)
            {
                return error;
            }
        }

        return Transfer(in call, target, call.Arguments[2], replaces, isMove: false);
    }

    /// <summary>MOVE key number.</summary>
    public static KvResult Move(in KvCall call) =>
        call.ReadDatabase(2, out int target) is { } error ? error : Transfer(in call, target, call.Arguments[1], replaces: false, isMove: true);

    public static KvResult RandomKey(in KvCall call)
    {
        byte[][] keys = call.Database.LiveKeys();
        return keys.Length == 0 ? KvResult.Nil : KvResult.FromBytes(keys[(int)(call.Database.Changes % keys.Length)]);
    }

    /// <summary>KEYS pattern. Only the keys' references are copied under the store's lock; they are compared outside of
    /// it.</summary>
    public static KvResult Keys(byte[][] keys, ReadOnlySpan<byte> pattern)
    {
        List<KvResult> found = [];
        foreach (byte[] key in keys)
        {
            if (GlobPattern.IsMatch(pattern, key))
            {
                found.Add(KvResult.FromBytes(key));
            }
        }

        return KvResult.FromItems([.. found]);
    }

    /// <summary>SCAN cursor [MATCH pattern] [COUNT count] [TYPE type].</summary>
    public static KvResult Scan(ScanIndex index, KvArguments arguments)
    {
        if (!TryReadCursor(Encoding.Latin1.GetString(arguments[1]), out ulong cursor))
        {
            return KvResult.Error("ERR invalid cursor");
        }

        ReadOnlySpan<byte> pattern = "*"u8;
        long count = DefaultScanCount;
        bool isString = true;
        for (int i = 2; i < arguments.Count; i += 2)
        {
            if (i + 1 == arguments.Count || !(arguments.Is(i, "MATCH"u8) || arguments.Is(i, "COUNT"u8) || arguments.Is(i, "TYPE"u8)))
            {
                return KvResult.SyntaxError;
            }

            if (arguments.Is(i, "COUNT"u8) && !arguments.TryGetInteger(i + 1, out count))
            {
                return new KvResult(KvOutcome.NotAnInteger);
            }

            if (count < 1)
            {
                return KvResult.SyntaxError;
            }

            pattern = arguments.Is(i, "MATCH"u8) ? arguments[i + 1] : pattern;
            isString = arguments.Is(i, "TYPE"u8) ? arguments.Is(i + 1, "STRING"u8) : isString;
        }

        ReadOnlySpan<byte[]> keys = index.Take(cursor, count, out ulong next);
        return KvResult.FromItems(
        [
            KvResult.FromBytes(Encoding.ASCII.GetBytes(next.ToString(CultureInfo.InvariantCulture))),
            Keys(isString ? keys.ToArray() : [], pattern),
        ]);
    }

    /// <summary>FLUSHDB or FLUSHALL, [ASYNC|SYNC]: both do it at once.</summary>
    public static KvResult Flush(in KvCall call, bool all)
    {
        KvArguments arguments = call.Arguments;
        if (arguments.Count > 2 || (arguments.Count == 2 && !arguments.Is(1, "ASYNC"u8) && !arguments.Is(1, "SYNC"u8)))
        {
            return KvResult.SyntaxError;
        }

        foreach (KvDatabase database in call.Store.Databases)
        {
            if (all || database == call.Database)
            {
                database.Clear();
            }
        }

        return KvResult.Done;
    }

    /// <summary>OBJECT ENCODING key.</summary>
    public static KvResult ShowEncoding(in KvCall call) =>
        call.Database.TryGet(call.Arguments[2], out KvItem item) ? KvResult.FromBytes(Encoding.ASCII.GetBytes(item.Value.Encoding)) : KvResult.Nil;

    /// <summary>CLUSTER COUNTKEYSINSLOT slot, and GETKEYSINSLOT slot count: the slot and the count are arguments 1 and
    /// 2.</summary>
    public static KvResult InSlot(byte[][] keys, KvArguments arguments, bool countsOnly)
    {
        long most = int.MaxValue;
        if (!arguments.TryGetInteger(1, out long slot) || (!countsOnly && !arguments.TryGetInteger(2, out most)))
        {
            return new KvResult(KvOutcome.NotAnInteger);
        }

        if (slot is < 0 or >= HashSlot.Count || most < 0)
        {
            return KvResult.Error(countsOnly ? "ERR Invalid slot" : "ERR Invalid slot or number of keys");
        }

        IEnumerable<byte[]> found = keys.Where(key => HashSlot.Of(key) == slot);
        return countsOnly
            ? KvResult.FromInteger(found.LongCount())
            : KvResult.FromItems([.. found.Take((int)Math.Min(most, int.MaxValue)).Select(KvResult.FromBytes)]);
    }

    // As the C library reads it: with a sign, and without digits.
    private static bool TryReadCursor(string text, out ulong cursor)
    {
        string digits = text is ['+' or '-', ..] ? text[1..] : text;
        bool read = ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out cursor);
        cursor = text is ['-', ..] ? unchecked(0 - cursor) : cursor;
        return read || text.Length == 0;
    }

    private static KvResult Transfer(in KvCall call, int target, ReadOnlySpan<byte> to, bool replaces, bool isMove)
    {
        ReadOnlySpan<byte> from = call.Arguments[1];
        KvDatabase destination = call.Store.Databases[target];
        if (destination == call.Database && from.SequenceEqual(to))
        {
            return KvResult.Error("ERR source and destination objects are the same");
        }

        if (!call.Database.TryGet(from, out KvItem item) || (!replaces && destination.TryGet(to, out _)))
        {
            return KvResult.FromInteger(0);
        }

        destination.Set(to, item.Value, item.Expiry);
        if (isMove)
        {
            call.Database.Remove(from);
        }

        return KvResult.FromInteger(1);
    }
}
