using System;

namespace RaftEngine.Samples.Kv.Store;

/// <summary>The commands that have a form of their own in the log: without a time, in database 0. The demo counts by
/// them, and logs of earlier versions hold them.</summary>
internal static class BasicCommands
{
    private static KvResult Malformed => new(KvOutcome.Malformed);

    /// <summary>Applies one.</summary>
    public static KvResult Apply(KvDatabase database, KvCommandKind kind, KvCommandFlags flags, ref KvCommandReader reader) => kind switch
    {
        KvCommandKind.Set => Set(database, flags, ref reader),
        KvCommandKind.Delete => Delete(database, ref reader),
        KvCommandKind.IncrementBy => IncrementBy(database, ref reader),
        KvCommandKind.Append => Append(database, ref reader),
        KvCommandKind.SetMany => SetMany(database, ref reader),
        _ => Malformed,
    };

    private static KvResult Set(KvDatabase database, KvCommandFlags flags, ref KvCommandReader reader)
    {
        ReadOnlySpan<byte> expected = default;
        bool ifEqual = (flags & KvCommandFlags.IfEqual) != 0;
        if (!reader.TryReadBytes(out ReadOnlySpan<byte> key)
            || !reader.TryReadBytes(out ReadOnlySpan<byte> value)
            || (ifEqual && !reader.TryReadBytes(out expected))
            || !reader.AtEnd)
        {
            return Malformed;
        }

        bool exists = database.TryGet(key, out KvItem old);
        bool holds = ((flags & KvCommandFlags.IfMissing) == 0 || !exists)
            && ((flags & KvCommandFlags.IfPresent) == 0 || exists)
            && (!ifEqual || (exists && old.Value.AsSpan(stackalloc byte[KvValue.MaxIntegerBytes]).SequenceEqual(expected)));
        if (holds)
        {
            database.Set(key, KvValue.Of(value));
        }

        if ((flags & KvCommandFlags.ReturnOld) != 0)
        {
            return exists ? KvResult.FromValue(old.Value) : KvResult.Nil;
        }

        return holds ? KvResult.Done : KvResult.Nil;
    }

    private static KvResult Delete(KvDatabase database, ref KvCommandReader reader)
    {
        if (!reader.TryReadVarint(out ulong count) || !reader.HoldsExactly(count))
        {
            return Malformed;
        }

        long removed = 0;
        while (reader.TryReadBytes(out ReadOnlySpan<byte> key))
        {
            removed += database.Remove(key) ? 1 : 0;
        }

        return KvResult.FromInteger(removed);
    }

    private static KvResult IncrementBy(KvDatabase database, ref KvCommandReader reader) =>
        reader.TryReadSigned(out long delta) && reader.TryReadBytes(out ReadOnlySpan<byte> key) && reader.AtEnd
            ? CounterOperations.IncrementBy(database, key, delta)
            : Malformed;

    private static KvResult Append(KvDatabase database, ref KvCommandReader reader) =>
        reader.TryReadBytes(out ReadOnlySpan<byte> key) && reader.TryReadBytes(out ReadOnlySpan<byte> tail) && reader.AtEnd
            ? StringOperations.Append(database, key, tail)
            : Malformed;

    private static KvResult SetMany(KvDatabase database, ref KvCommandReader reader)
    {
        if (!reader.TryReadVarint(out ulong count) || count > int.MaxValue || !reader.HoldsExactly(2 * count))
        {
            return Malformed;
        }

        while (reader.TryReadBytes(out ReadOnlySpan<byte> key) && reader.TryReadBytes(out ReadOnlySpan<byte> value))
        {
            database.Set(key, KvValue.Of(value));
        }

        return KvResult.Done;
    }
}
