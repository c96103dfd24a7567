using System.Collections.Generic;
using System.Linq;

namespace RaftEngine.Samples.Kv.Store;

/// <summary>Executes calls.</summary>
internal static class KvOperations
{
    /// <summary>How many arguments they take, their name included; negative: at least as many.</summary>
    private static readonly Dictionary<KvOperation, int> Arities = new (int Arity, KvOperation[] Operations)[]
    {
        (1, [KvOperation.RandomKey, KvOperation.DbSize]),
        (-1, [KvOperation.FlushDb, KvOperation.FlushAll]),
        (2, [KvOperation.Get, KvOperation.GetDel, KvOperation.Incr, KvOperation.Decr, KvOperation.StrLen, KvOperation.Type, KvOperation.Keys]),
        (2, [KvOperation.Ttl, KvOperation.PTtl, KvOperation.ExpireTime, KvOperation.PExpireTime, KvOperation.Persist]),
        (2, [KvOperation.CountKeysInSlot]),
        (-2, [KvOperation.GetEx, KvOperation.MGet, KvOperation.Del, KvOperation.Exists, KvOperation.Scan]),
        (3, [KvOperation.SetNx, KvOperation.GetSet, KvOperation.IncrBy, KvOperation.DecrBy, KvOperation.IncrByFloat, KvOperation.Append]),
        (3, [KvOperation.Rename, KvOperation.RenameNx, KvOperation.Move, KvOperation.Object, KvOperation.GetKeysInSlot]),
        (-3, [KvOperation.Set, KvOperation.MSet, KvOperation.MSetNx, KvOperation.Copy]),
        (-3, [KvOperation.Expire, KvOperation.PExpire, KvOperation.ExpireAt, KvOperation.PExpireAt]),
        (4, [KvOperation.SetEx, KvOperation.PSetEx, KvOperation.GetRange, KvOperation.SetRange]),
    }.SelectMany(static row => row.Operations.Select(operation => KeyValuePair.Create(operation, row.Arity))).ToDictionary();

    /// <summary>How many arguments an operation takes; see <see cref="Arities"/>.</summary>
    public static int ArityOf(KvOperation operation) => Arities[operation];

    /// <summary>True if there is such an operation, and it takes this many arguments.</summary>
    public static bool Takes(KvOperation operation, int arguments) =>
        Arities.TryGetValue(operation, out int arity) && (arity >= 0 ? arguments == arity : arguments >= -arity);

    /// <summary>Executes a call; its number of arguments has been checked.</summary>
    public static KvResult Execute(KvOperation operation, in KvCall call) => operation switch
    {
        KvOperation.Get => StringOperations.Get(in call),
        KvOperation.Set => StringOperations.Set(in call),
        KvOperation.SetNx => StringOperations.SetNx(in call),
        KvOperation.SetEx => StringOperations.SetEx(in call, isSeconds: true),
        KvOperation.PSetEx => StringOperations.SetEx(in call, isSeconds: false),
        KvOperation.GetSet => StringOperations.GetSet(in call),
        KvOperation.GetDel => StringOperations.GetDel(in call),
        KvOperation.GetEx => StringOperations.GetEx(in call),
        KvOperation.MGet => StringOperations.MGet(in call),
        KvOperation.MSet => StringOperations.MSet(in call, ifMissing: false),
        KvOperation.MSetNx => StringOperations.MSet(in call, ifMissing: true),
        KvOperation.Append => StringOperations.Append(call.Database, call.Arguments[1], call.Arguments[2]),
        KvOperation.StrLen => StringOperations.StrLen(in call),
        KvOperation.GetRange => StringOperations.GetRange(in call),
        KvOperation.SetRange => StringOperations.SetRange(in call),
        KvOperation.Incr => CounterOperations.IncrementBy(call.Database, call.Arguments[1], 1),
        KvOperation.Decr => CounterOperations.IncrementBy(call.Database, call.Arguments[1], -1),
        KvOperation.IncrBy => CounterOperations.IncrementBy(in call, isNegative: false),
        KvOperation.DecrBy => CounterOperations.IncrementBy(in call, isNegative: true),
        KvOperation.IncrByFloat => CounterOperations.IncrementByFloat(in call),
        KvOperation.Expire => ExpiryOperations.Expire(in call, isSeconds: true, isMoment: false, "expire"),
        KvOperation.PExpire => ExpiryOperations.Expire(in call, isSeconds: false, isMoment: false, "pexpire"),
        KvOperation.ExpireAt => ExpiryOperations.Expire(in call, isSeconds: true, isMoment: true, "expireat"),
        KvOperation.PExpireAt => ExpiryOperations.Expire(in call, isSeconds: false, isMoment: true, "pexpireat"),
        KvOperation.Ttl => ExpiryOperations.TimeToLive(in call, inSeconds: true),
        KvOperation.PTtl => ExpiryOperations.TimeToLive(in call, inSeconds: false),
        KvOperation.ExpireTime => ExpiryOperations.EndOf(in call, inSeconds: true),
        KvOperation.PExpireTime => ExpiryOperations.EndOf(in call, inSeconds: false),
        KvOperation.Persist => ExpiryOperations.Persist(in call),
        _ => ExecuteOnKeys(operation, in call),
    };

    private static KvResult ExecuteOnKeys(KvOperation operation, in KvCall call) => operation switch
    {
        KvOperation.Del => KeyOperations.Delete(in call),
        KvOperation.Exists => KeyOperations.Exists(in call),
        KvOperation.Type => KeyOperations.Type(in call),
        KvOperation.Rename => KeyOperations.Rename(in call, ifMissing: false),
        KvOperation.RenameNx => KeyOperations.Rename(in call, ifMissing: true),
        KvOperation.Copy => KeyOperations.Copy(in call),
        KvOperation.Move => KeyOperations.Move(in call),
        KvOperation.RandomKey => KeyOperations.RandomKey(in call),
        KvOperation.Keys => KeyOperations.Keys(call.Database.LiveKeys(), call.Arguments[1]),
        KvOperation.Scan => KeyOperations.Scan(new ScanIndex(call.Database.LiveKeys(), call.Database.Changes), call.Arguments),
        KvOperation.DbSize => KvResult.FromInteger(call.Database.Count),
        KvOperation.FlushDb => KeyOperations.Flush(in call, all: false),
        KvOperation.FlushAll => KeyOperations.Flush(in call, all: true),
        KvOperation.Object => KeyOperations.ShowEncoding(in call),
        KvOperation.CountKeysInSlot => KeyOperations.InSlot(call.Database.LiveKeys(), call.Arguments, countsOnly: true),
        KvOperation.GetKeysInSlot => KeyOperations.InSlot(call.Database.LiveKeys(), call.Arguments, countsOnly: false),
        _ => new KvResult(KvOutcome.Malformed),
    };
}
