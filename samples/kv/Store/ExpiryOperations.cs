using System;
using System.Text;

namespace RaftEngine.Samples.Kv.Store;

/// <summary>The operations on when keys end.</summary>
internal static class ExpiryOperations
{
    private const long None = -1;
    private const long NoKey = -2;

    /// <summary>EXPIRE and its family: key time [NX|XX|GT|LT].</summary>
    public static KvResult Expire(in KvCall call, bool isSeconds, bool isMoment, string command)
    {
        ReadOnlySpan<byte> key = call.Arguments[1];
        if (ReadConditions(call.Arguments, out bool ifNone, out bool ifAny, out bool ifLater, out bool ifEarlier) is { } refused)
        {
            return refused;
        }

        if (!call.Arguments.TryGetInteger(2, out long value))
        {
            return new KvResult(KvOutcome.NotAnInteger);
        }

        bool fits = !isSeconds || value is <= long.MaxValue / 1000 and >= long.MinValue / 1000;
        long milliseconds = isSeconds && fits ? value * 1000 : value;
        if (!fits || (!isMoment && milliseconds > long.MaxValue - call.Time.Unix))
        {
            return KvResult.Error($"ERR invalid expire time in '{command}' command");
        }

        if (!call.Database.TryGet(key, out KvItem item))
        {
            return KvResult.FromInteger(0);
        }

        bool isOver = isMoment ? milliseconds <= call.Time.Unix : milliseconds <= 0;
        KvExpiry? expiry = isOver ? null : isMoment ? KvExpiry.At(milliseconds, call.Time) : KvExpiry.After(milliseconds, call.Time);
        long end = expiry?.EndIn(call.Time) ?? long.MinValue;
        long current = item.Expiry?.EndIn(call.Time) ?? long.MaxValue;
        bool isRefused = (ifNone && item.Expiry is not null)
            || (ifAny && item.Expiry is null)
            || (ifLater && (item.Expiry is null || end <= current))
            || (ifEarlier && item.Expiry is not null && end >= current);
        if (isRefused)
        {
            return KvResult.FromInteger(0);
        }

        if (isOver)
        {
            call.Database.Remove(key);
        }
        else
        {
            call.Database.SetExpiry(key, expiry);
        }

        return KvResult.FromInteger(1);
    }

    /// <summary>TTL and PTTL.</summary>
    public static KvResult TimeToLive(in KvCall call, bool inSeconds)
    {
        if (!call.Database.TryGet(call.Arguments[1], out KvItem item))
        {
            return KvResult.FromInteger(NoKey);
        }

        if (item.Expiry is not { } expiry)
        {
            return KvResult.FromInteger(None);
        }

        long left = expiry.Deadline == KvExpiry.Waiting ? expiry.EndIn(call.Time) - call.Time.Elapsed : expiry.Deadline - call.ShownElapsed;
        return KvResult.FromInteger(In(Math.Max(left, 0), inSeconds));
    }

    /// <summary>EXPIRETIME and PEXPIRETIME: the moment by the leader's calendar.</summary>
    public static KvResult EndOf(in KvCall call, bool inSeconds)
    {
        if (!call.Database.TryGet(call.Arguments[1], out KvItem item))
        {
            return KvResult.FromInteger(NoKey);
        }

        return KvResult.FromInteger(item.Expiry is { } expiry ? In(expiry.UnixEnd(call.Time), inSeconds) : None);
    }

    public static KvResult Persist(in KvCall call)
    {
        bool ends = call.Database.TryGet(call.Arguments[1], out KvItem item) && item.Expiry is not null;
        if (ends)
        {
            call.Database.SetExpiry(call.Arguments[1], null);
        }

        return KvResult.FromBoolean(ends);
    }

    private static long In(long milliseconds, bool inSeconds) => inSeconds ? (milliseconds / 1000) + (milliseconds % 1000 >= 500 ? 1 : 0) : milliseconds;

    private static KvResult? ReadConditions(KvArguments arguments, out bool ifNone, out bool ifAny, out bool ifLater, out bool ifEarlier)
    {
        (ifNone, ifAny, ifLater, ifEarlier) = (false, false, false, false);
        for (int i = 3; i < arguments.Count; i++)
        {
            bool isNone = arguments.Is(i, "NX"u8);
            bool isAny = arguments.Is(i, "XX"u8);
            bool isLater = arguments.Is(i, "GT"u8);
            bool isEarlier = arguments.Is(i, "LT"u8);
            if (!(isNone || isAny || isLater || isEarlier))
            {
                return KvResult.Error($"ERR Unsupported option {Encoding.Latin1.GetString(arguments[i])}");
            }

            (ifNone, ifAny, ifLater, ifEarlier) = (ifNone | isNone, ifAny | isAny, ifLater | isLater, ifEarlier | isEarlier);
        }

        return ifNone && (ifAny || ifLater || ifEarlier) ? KvResult.Error("ERR NX and XX, GT or LT options at the same time are not compatible")
            : ifLater && ifEarlier ? KvResult.Error("ERR GT and LT options at the same time are not compatible")
            : null;
    }
}
