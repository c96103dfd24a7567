using System;
using System.Runtime.CompilerServices;
using System.Text;

namespace RaftEngine.Samples.Kv.Store;

/// <summary>The operations that count.</summary>
internal static class CounterOperations
{
    /// <summary>INCRBY and DECRBY.</summary>
    public static KvResult IncrementBy(in KvCall call, bool isNegative)
    {
        if (!call.Arguments.TryGetInteger(2, out long delta))
        {
            return new KvResult(KvOutcome.NotAnInteger);
        }

        if (isNegative && delta == long.MinValue)
        {
            return KvResult.Error("ERR decrement would overflow");
        }

        return IncrementBy(call.Database, call.Arguments[1], isNegative ? -delta : delta);
    }

    /// <summary>Adds to a key's integer, in place; a key that does not exist begins at 0.</summary>
    public static KvResult IncrementBy(KvDatabase database, ReadOnlySpan<byte> key, long delta)
    {
        database.RemoveIfEnded(key);
        ref KvItem item = ref database.Find(key);
        bool exists = !Unsafe.IsNullRef(ref item);
        long current = 0;
        if (exists && !item.Value.TryGetInteger(out current))
        {
            return new KvResult(KvOutcome.NotAnInteger);
        }

        long sum = unchecked(current + delta);
        if (((current ^ sum) & (delta ^ sum)) < 0)
        {
            return new KvResult(KvOutcome.Overflow); // Both operands have the sign that the sum does not have.
        }

        if (exists)
        {
            item = new KvItem(new KvValue(sum), database.Touch(), item.Expiry);
        }
        else
        {
            database.Set(key, new KvValue(sum));
        }

        return KvResult.FromInteger(sum);
    }

    public static KvResult IncrementByFloat(in KvCall call)
    {
        ReadOnlySpan<byte> key = call.Arguments[1];
        LongDouble current = default;
        bool exists = call.Database.TryGet(key, out KvItem item);
        if ((exists && !LongDouble.TryParse(item.Value.AsSpan(stackalloc byte[KvValue.MaxIntegerBytes]), out current))
            || !LongDouble.TryParse(call.Arguments[2], out LongDouble delta))
        {
            return KvResult.Error("ERR value is not a valid float");
        }

        LongDouble sum = current.Add(delta);
        if (!sum.IsFinite)
        {
            return KvResult.Error("ERR increment would produce NaN or Infinity");
        }

        byte[] text = Encoding.ASCII.GetBytes(sum.ToString());
        call.Database.Set(key, new KvValue(text), item.Expiry);
        return KvResult.FromBytes(text);
    }
}
