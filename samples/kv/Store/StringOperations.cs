using System;

namespace RaftEngine.Samples.Kv.Store;

/// <summary>The operations on values.</summary>
internal static class StringOperations
{
    private static KvResult TooLong => new(KvOutcome.TooLong);

    public static KvResult Get(in KvCall call) => GetOf(call.Database, call.Arguments[1]);

    public static KvResult MGet(in KvCall call)
    {
        KvResult[] values = new KvResult[call.Arguments.Count - 1];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = GetOf(call.Database, call.Arguments[i + 1]);
        }

        return KvResult.FromItems(values);
    }

    public static KvResult StrLen(in KvCall call) =>
        KvResult.FromInteger(call.Database.TryGet(call.Arguments[1], out KvItem item) ? item.Value.Length : 0);

    public static KvResult GetRange(in KvCall call)
    {
        if (!call.Arguments.TryGetInteger(2, out long start) || !call.Arguments.TryGetInteger(3, out long end))
        {
            return new KvResult(KvOutcome.NotAnInteger);
        }

        if (!call.Database.TryGet(call.Arguments[1], out KvItem item) || (start < 0 && end < 0 && start > end))
        {
            return KvResult.FromBytes([]);
        }

        ReadOnlySpan<byte> value = item.Value.AsSpan(stackalloc byte[KvValue.MaxIntegerBytes]);
        start = Math.Max(start < 0 ? value.Length + start : start, 0);
        end = Math.Min(Math.Max(end < 0 ? value.Length + end : end, 0), value.Length - 1);
        return KvResult.FromBytes(start > end || value.IsEmpty ? [] : value[(int)start..((int)end + 1)].ToArray());
    }

    public static KvResult Set(in KvCall call) =>
        ExpiryOptions.TryParse(call.Arguments, 3, isGetEx: false, out ExpiryOptions options)
            ? Set(in call, options, call.Arguments[2], "set")
            : KvResult.SyntaxError;

    public static KvResult SetEx(in KvCall call, bool isSeconds) =>
        Set(in call, ExpiryOptions.Of(call.Arguments[2], isSeconds), call.Arguments[3], isSeconds ? "setex" : "psetex");

    public static KvResult SetNx(in KvCall call)
    {
        bool isMissing = !call.Database.TryGet(call.Arguments[1], out _);
        if (isMissing)
        {
            call.Database.Set(call.Arguments[1], KvValue.Of(call.Arguments[2]));
        }

        return KvResult.FromBoolean(isMissing);
    }

    public static KvResult GetSet(in KvCall call)
    {
        KvResult old = GetOf(call.Database, call.Arguments[1]);
        call.Database.Set(call.Arguments[1], KvValue.Of(call.Arguments[2]));
        return old;
    }

    public static KvResult GetDel(in KvCall call)
    {
        KvResult old = GetOf(call.Database, call.Arguments[1]);
        call.Database.Remove(call.Arguments[1]);
        return old;
    }

    public static KvResult GetEx(in KvCall call)
    {
        ReadOnlySpan<byte> key = call.Arguments[1];
        if (!ExpiryOptions.TryParse(call.Arguments, 2, isGetEx: true, out ExpiryOptions options))
        {
            return KvResult.SyntaxError;
        }

        if (!call.Database.TryGet(key, out KvItem item))
        {
            return KvResult.Nil;
        }

        if (options.Resolve(call.Time, "getex", out KvExpiry? expiry, out bool isOver) is { } error)
        {
            return error;
        }

        if (isOver)
        {
            call.Database.Remove(key);
        }
        else if (options.HasEnd || (options.Persists && item.Expiry is not null))
        {
            call.Database.SetExpiry(key, expiry);
        }

        return KvResult.FromValue(item.Value);
    }

    /// <summary>MSET, or MSETNX, which sets nothing if one of the keys exists.</summary>
    public static KvResult MSet(in KvCall call, bool ifMissing)
    {
        KvArguments arguments = call.Arguments;
        if (arguments.Count % 2 == 0)
        {
            return KvResult.Error($"ERR wrong number of arguments for '{(ifMissing ? "msetnx" : "mset")}' command");
        }

        for (int i = 1; ifMissing && i + 1 < arguments.Count; i += 2)
        {
            if (call.Database.TryGet(arguments[i], out _))
            {
                return KvResult.FromInteger(0);
            }
        }

        for (int i = 1; i + 1 < arguments.Count; i += 2)
        {
            call.Database.Set(arguments[i], KvValue.Of(arguments[i + 1]));
        }

        return ifMissing ? KvResult.FromInteger(1) : KvResult.Done;
    }

    public static KvResult Append(KvDatabase database, ReadOnlySpan<byte> key, ReadOnlySpan<byte> tail)
    {
        if (!database.TryGet(key, out KvItem item))
        {
            if (tail.Length > KvStateMachine.MaxValueBytes)
            {
                return TooLong;
            }

            database.Set(key, KvValue.Of(tail));
            return KvResult.FromInteger(tail.Length);
        }

        ReadOnlySpan<byte> head = item.Value.AsSpan(stackalloc byte[KvValue.MaxIntegerBytes]);
        if ((long)head.Length + tail.Length > KvStateMachine.MaxValueBytes)
        {
            return TooLong;
        }

        byte[] joined = GC.AllocateUninitializedArray<byte>(head.Length + tail.Length);
        head.CopyTo(joined);
        tail.CopyTo(joined.AsSpan(head.Length));
        database.Replace(key, KvValue.Changed(joined));
        return KvResult.FromInteger(joined.Length);
    }

    public static KvResult SetRange(in KvCall call)
    {
        ReadOnlySpan<byte> key = call.Arguments[1];
        ReadOnlySpan<byte> part = call.Arguments[3];
        if (!call.Arguments.TryGetInteger(2, out long offset))
        {
            return new KvResult(KvOutcome.NotAnInteger);
        }

        if (offset < 0)
        {
            return KvResult.Error("ERR offset is out of range");
        }

        bool exists = call.Database.TryGet(key, out KvItem item);
        ReadOnlySpan<byte> old = exists ? item.Value.AsSpan(stackalloc byte[KvValue.MaxIntegerBytes]) : default;
        if (part.IsEmpty)
        {
            return KvResult.FromInteger(old.Length);
        }

        if (offset > KvStateMachine.MaxValueBytes - part.Length)
        {
            return TooLong;
        }

        byte[] joined = new byte[Math.Max(old.Length, (int)offset + part.Length)];
        old.CopyTo(joined);
        part.CopyTo(joined.AsSpan((int)offset));
        call.Database.Set(key, KvValue.Changed(joined), item.Expiry);
        return KvResult.FromInteger(joined.Length);
    }

    private static KvResult Set(in KvCall call, ExpiryOptions options, ReadOnlySpan<byte> value, string command)
    {
        ReadOnlySpan<byte> key = call.Arguments[1];
        if (options.Resolve(call.Time, command, out KvExpiry? expiry, out bool isOver) is { } error)
        {
            return error;
        }

        bool exists = call.Database.TryGet(key, out KvItem old);
        bool holds = (!options.IfMissing || !exists)
            && (!options.IfPresent || exists)
            && (options.ExpectedIndex == 0 || (exists && IsEqual(old.Value, call.Arguments[options.ExpectedIndex])));
        if (holds && isOver)
        {
            call.Database.Remove(key);
        }
        else if (holds)
        {
            call.Database.Set(key, KvValue.Of(value), options.KeepsEnd ? old.Expiry : expiry);
        }

        if (options.ReturnsOld)
        {
            return exists ? KvResult.FromValue(old.Value) : KvResult.Nil;
        }

        return holds ? KvResult.Done : KvResult.Nil;
    }

    private static bool IsEqual(in KvValue value, ReadOnlySpan<byte> expected) => value.AsSpan(stackalloc byte[KvValue.MaxIntegerBytes]).SequenceEqual(expected);

    private static KvResult GetOf(KvDatabase database, ReadOnlySpan<byte> key) => database.TryGet(key, out KvItem item) ? KvResult.FromValue(item.Value) : KvResult.Nil;
}
