using System;
using System.Collections.Frozen;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Text;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>Every command there is.</summary>
internal static class CommandTable
{
    private const int MaxNameBytes = sizeof(ulong);

    /// <summary>All of them.</summary>
    public static readonly ImmutableArray<CommandInfo> All =
    [
        new("ping", CommandId.Ping, CommandClass.Local, -1),
        new("echo", CommandId.Echo, CommandClass.Local, 2),
        new("select", CommandId.Select, CommandClass.Local, 2),
        new("hello", CommandId.Hello, CommandClass.Local, -1),
        new("command", CommandId.Command, CommandClass.Local, -1),
        new("client", CommandId.Client, CommandClass.Local, -2),
        new("config", CommandId.Config, CommandClass.Local, -2),
        new("info", CommandId.Info, CommandClass.Local, -1),
        new("save", CommandId.Save, CommandClass.Local, 1),
        new("quit", CommandId.Quit, CommandClass.Local, -1),
        new("get", CommandId.Get, CommandClass.Read, 2, 1, 1, 1),
        new("set", CommandId.Set, CommandClass.Write, -3, 1, 1, 1),
        new("del", CommandId.Del, CommandClass.Write, -2, 1, -1, 1),
        new("exists", CommandId.Exists, CommandClass.Read, -2, 1, -1, 1),
        new("incr", CommandId.Incr, CommandClass.Write, 2, 1, 1, 1),
        new("incrby", CommandId.IncrBy, CommandClass.Write, 3, 1, 1, 1),
        new("decr", CommandId.Decr, CommandClass.Write, 2, 1, 1, 1),
        new("append", CommandId.Append, CommandClass.Write, 3, 1, 1, 1),
        new("strlen", CommandId.StrLen, CommandClass.Read, 2, 1, 1, 1),
        new("mget", CommandId.MGet, CommandClass.Read, -2, 1, -1, 1),
        new("mset", CommandId.MSet, CommandClass.Write, -3, 1, -1, 2),
        new("dbsize", CommandId.DbSize, CommandClass.Read, 1),
    ];

    private static readonly FrozenDictionary<ulong, CommandInfo> ByName =
        All.Select(command => KeyValuePair.Create(Fold(Encoding.ASCII.GetBytes(command.Name)), command)).ToFrozenDictionary();

    /// <summary>Finds a command by its name, in any case.</summary>
    /// <returns>The command; null if there is none of that name.</returns>
    public static CommandInfo? Find(ReadOnlySpan<byte> name) =>
        name.Length is > 0 and <= MaxNameBytes && ByName.TryGetValue(Fold(name), out CommandInfo? command) ? command : null;

    /// <summary>No name is longer than eight bytes, so a name in lower case is one word, and finding it needs no string.</summary>
    private static ulong Fold(ReadOnlySpan<byte> name)
    {
        ulong word = 0;
        foreach (byte b in name)
        {
            word = (word << 8) | (b is >= (byte)'A' and <= (byte)'Z' ? b | 0x20u : b);
        }

        return word;
    }
}
