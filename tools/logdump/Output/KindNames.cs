using System;
using System.Text;
using RaftEngine.Protocol;

namespace RaftEngine.LogDump.Output;

/// <summary>The kinds of entries, as the options and the schema name them.</summary>
internal static class KindNames
{
    public static readonly string[] All = ["command", "no-op", "configuration", "session", "fingerprint"];

    private static readonly byte[][] Utf8 = Array.ConvertAll(All, Encoding.UTF8.GetBytes);

    public static string Of(EntryKind kind) => IsKnown(kind) ? All[(int)kind - 1] : $"kind {(int)kind}";

    /// <summary>The same, for where every record is named.</summary>
    public static ReadOnlySpan<byte> Utf8Of(EntryKind kind) => IsKnown(kind) ? Utf8[(int)kind - 1]
        : Encoding.UTF8.GetBytes(Of(kind));

    public static EntryKind Parse(string name) => (EntryKind)(Array.IndexOf(All, name) + 1);

    private static bool IsKnown(EntryKind kind) => kind is >= EntryKind.Command and <= EntryKind.Fingerprint;
}
