using System;
using System.Collections.Frozen;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using RaftEngine.Samples.Kv.Store;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>Every command there is.</summary>
internal static class CommandTable
{
    private const int MaxNameBytes = 32;

    /// <summary>What belongs to the kinds of data that redis has and this store does not.</summary>
    private const string OtherKinds =
        "hset hget hmset hmget hdel hgetall hkeys hvals hlen hexists hincrby hincrbyfloat hsetnx hscan hstrlen hrandfield lpush rpush lpop rpop lpushx rpushx lrange "
        + "llen lindex lset linsert lrem ltrim lmove lmpop lpos rpoplpush blpop brpop blmove blmpop brpoplpush sadd srem smembers sismember smismember scard spop "
        + "srandmember smove sunion sinter sdiff sunionstore sinterstore sdiffstore sintercard sscan zadd zrem zrange zrangestore zrangebyscore zrevrange "
        + "zrevrangebyscore zrangebylex zrevrangebylex zscore zmscore zcard zcount zlexcount zincrby zrank zrevrank zpopmin zpopmax zmpop bzpopmin bzpopmax bzmpop zunion "
        + "zinter zdiff zunionstore zinterstore zdiffstore zintercard zscan zrandmember zremrangebyscore zremrangebyrank zremrangebylex xadd xread xrange xrevrange xlen "
        + "xdel xtrim xack xgroup xreadgroup xclaim xautoclaim xpending xinfo xsetid geoadd geopos geodist geohash geosearch geosearchstore georadius georadiusbymember "
        + "setbit getbit bitcount bitop bitpos bitfield bitfield_ro pfadd pfcount pfmerge lcs sort sort_ro dump restore migrate subscribe unsubscribe psubscribe "
        + "punsubscribe publish ssubscribe sunsubscribe spublish pubsub eval evalsha eval_ro evalsha_ro script function fcall fcall_ro";

    /// <summary>All that are carried out.</summary>
    public static readonly ImmutableArray<CommandInfo> All =
    [
        Local("ping", CommandId.Ping, -1),
        Local("echo", CommandId.Echo, 2),
        Local("select", CommandId.Select, 2),
        Local("hello", CommandId.Hello, -1) with { NeedsNoPassword = true },
        Local("auth", CommandId.Auth, -2) with { NeedsNoPassword = true },
        Local("quit", CommandId.Quit, -1) with { NeedsNoPassword = true },
        Local("reset", CommandId.Reset, 1) with { NeedsNoPassword = true },
        Local("command", CommandId.Command, -1),
        Local("client", CommandId.Client, -2),
        Local("config", CommandId.Config, -2),
        Local("info", CommandId.Info, -1),
        Local("time", CommandId.Time, 1),
        Local("role", CommandId.Role, 1),
        Local("lastsave", CommandId.LastSave, 1),
        Local("cluster", CommandId.Cluster, -2),
        Local("readonly", CommandId.ReadOnly, 1),
        Local("readwrite", CommandId.ReadWrite, 1),
        Local("asking", CommandId.Asking, 1),
        Local("raft.status", CommandId.RaftStatus, 1),
        Local("raft.cluster", CommandId.RaftCluster, 1),
        Transaction("multi", CommandId.Multi, 1),
        Transaction("exec", CommandId.Exec, 1),
        Transaction("discard", CommandId.Discard, 1),
        Transaction("watch", CommandId.Watch, -2) with { FirstKey = 1, LastKey = -1, KeyStep = 1 },
        Transaction("unwatch", CommandId.Unwatch, 1),
        Administration("save", CommandId.Save, 1),
        Administration("bgsave", CommandId.BgSave, -1),
        Administration("raft.add", CommandId.RaftAdd, -2),
        Administration("raft.remove", CommandId.RaftRemove, 2),
        Administration("raft.replace", CommandId.RaftReplace, 2),
        Administration("raft.transfer", CommandId.RaftTransfer, -1),
        Administration("raft.snapshot", CommandId.RaftSnapshot, 1),
        Read("get", KvOperation.Get, 1, 1, 1),
        Read("mget", KvOperation.MGet, 1, -1, 1),
        Read("strlen", KvOperation.StrLen, 1, 1, 1),
        Read("getrange", KvOperation.GetRange, 1, 1, 1),
        Read("substr", KvOperation.GetRange, 1, 1, 1),
        Read("exists", KvOperation.Exists, 1, -1, 1),
        Read("touch", KvOperation.Exists, 1, -1, 1),
        Read("type", KvOperation.Type, 1, 1, 1),
        Read("keys", KvOperation.Keys),
        Read("scan", KvOperation.Scan),
        Read("randomkey", KvOperation.RandomKey),
        Read("dbsize", KvOperation.DbSize),
        Read("object", KvOperation.Object, 2, 2, 1) with { Arity = -2 },
        Read("ttl", KvOperation.Ttl, 1, 1, 1),
        Read("pttl", KvOperation.PTtl, 1, 1, 1),
        Read("expiretime", KvOperation.ExpireTime, 1, 1, 1),
        Read("pexpiretime", KvOperation.PExpireTime, 1, 1, 1),
        Write("set", KvOperation.Set, 1, 1, 1) with { IsTimed = true },
        Write("setnx", KvOperation.SetNx, 1, 1, 1),
        Write("setex", KvOperation.SetEx, 1, 1, 1) with { IsTimed = true },
        Write("psetex", KvOperation.PSetEx, 1, 1, 1) with { IsTimed = true },
        Write("getset", KvOperation.GetSet, 1, 1, 1),
        Write("getdel", KvOperation.GetDel, 1, 1, 1),
        Write("getex", KvOperation.GetEx, 1, 1, 1) with { IsTimed = true },
        Write("mset", KvOperation.MSet, 1, -1, 2),
        Write("msetnx", KvOperation.MSetNx, 1, -1, 2),
        Write("incr", KvOperation.Incr, 1, 1, 1),
        Write("decr", KvOperation.Decr, 1, 1, 1),
        Write("incrby", KvOperation.IncrBy, 1, 1, 1),
        Write("decrby", KvOperation.DecrBy, 1, 1, 1),
        Write("incrbyfloat", KvOperation.IncrByFloat, 1, 1, 1),
        Write("append", KvOperation.Append, 1, 1, 1),
        Write("setrange", KvOperation.SetRange, 1, 1, 1),
        Write("del", KvOperation.Del, 1, -1, 1),
        Write("unlink", KvOperation.Del, 1, -1, 1),
        Write("rename", KvOperation.Rename, 1, 2, 1),
        Write("renamenx", KvOperation.RenameNx, 1, 2, 1),
        Write("copy", KvOperation.Copy, 1, 2, 1),
        Write("move", KvOperation.Move, 1, 1, 1),
        Write("flushdb", KvOperation.FlushDb),
        Write("flushall", KvOperation.FlushAll),
        Write("expire", KvOperation.Expire, 1, 1, 1) with { IsTimed = true },
        Write("pexpire", KvOperation.PExpire, 1, 1, 1) with { IsTimed = true },
        Write("expireat", KvOperation.ExpireAt, 1, 1, 1) with { IsTimed = true },
        Write("pexpireat", KvOperation.PExpireAt, 1, 1, 1) with { IsTimed = true },
        Write("persist", KvOperation.Persist, 1, 1, 1),
    ];

    private static readonly FrozenDictionary<string, CommandInfo> ByName = All
        .Concat(OtherKinds.Split(' ').Select(static name => new CommandInfo(name, CommandClass.Unsupported, -1)))
        .Concat(((string[])["post", "host:"]).Select(static name => new CommandInfo(name, CommandClass.Http, -1)))
        .ToFrozenDictionary(static command => command.Name, StringComparer.Ordinal);

    /// <summary>Finds a command by its name, in any case and to the last byte.</summary>
    /// <returns>The command; null if there is none of that name.</returns>
    public static CommandInfo? Find(ReadOnlySpan<byte> name)
    {
        if (name.Length > MaxNameBytes)
        {
            return null;
        }

        Span<char> folded = stackalloc char[name.Length];
        for (int i = 0; i < name.Length; i++)
        {
            folded[i] = (char)(name[i] is >= (byte)'A' and <= (byte)'Z' ? name[i] | 0x20 : name[i]);
        }

        return ByName.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(folded, out CommandInfo? command) ? command : null;
    }

    private static CommandInfo Local(string name, CommandId id, int arity) => new(name, CommandClass.Local, arity) { Id = id };

    private static CommandInfo Transaction(string name, CommandId id, int arity) => new(name, CommandClass.Transaction, arity) { Id = id };

    private static CommandInfo Administration(string name, CommandId id, int arity) => new(name, CommandClass.Administration, arity) { Id = id };

    private static CommandInfo Read(string name, KvOperation operation, int firstKey = 0, int lastKey = 0, int keyStep = 0) =>
        new(name, CommandClass.Read, KvOperations.ArityOf(operation), firstKey, lastKey, keyStep) { Operation = operation };

    private static CommandInfo Write(string name, KvOperation operation, int firstKey = 0, int lastKey = 0, int keyStep = 0) =>
        new(name, CommandClass.Write, KvOperations.ArityOf(operation), firstKey, lastKey, keyStep) { Operation = operation };
}
