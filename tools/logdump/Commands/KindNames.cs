using System;
using RaftEngine.Protocol;

namespace RaftEngine.LogDump.Commands;

/// <summary>The kinds of entries, as the options and the schema name them.</summary>
internal static class KindNames
{
    public static readonly string[] All = ["command", "no-op", "configuration", "session"];

    public static string Of(EntryKind kind) => kind is >= EntryKind.Command and <= EntryKind.Session ? All[(int)kind - 1] : $"kind {(int)kind}";

    public static EntryKind Parse(string name) => (EntryKind)(Array.IndexOf(All, name) + 1);
}
