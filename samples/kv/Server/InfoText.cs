using System;
using System.Globalization;
using System.Text;
using RaftEngine.Samples.Kv.Resp;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>The text of the INFO command: sections of <c>name:value</c> lines.</summary>
internal static class InfoText
{
    /// <summary>The version of the protocol's commands that clients may count on.</summary>
    public const string RedisVersion = "7.0.0";

    /// <summary>Writes the sections that a request asks for; all of them if it names none.</summary>
    public static string Format(RespArguments request, in RaftStatus status, int keys)
    {
        StringBuilder text = new();
        if (Wants(request, "SERVER"u8))
        {
            Section(text, "Server");
            Line(text, "redis_version", RedisVersion);
            Line(text, "redis_mode", "standalone");
            Line(text, "process_id", Environment.ProcessId);
        }

        if (Wants(request, "RAFT"u8))
        {
            Section(text, "Raft");
            Line(text, "role", RoleName(status.Role));
            Line(text, "node_id", status.NodeId);
            Line(text, "term", status.Term);
            Line(text, "leader", status.LeaderId);
            Line(text, "commit_index", status.CommitIndex);
            Line(text, "applied_index", status.AppliedIndex);
            Line(text, "last_index", status.LastIndex);
            Line(text, "durable_index", status.DurableIndex);
            Line(text, "fingerprint", status.Fingerprint.ToString("x16", CultureInfo.InvariantCulture));
            Line(text, "log_syncs", status.LogSyncs);
            Line(text, "entries_appended", status.EntriesAppended);
            Line(text, "torn_tail_bytes", status.TornTailBytes);
        }

        if (Wants(request, "KEYSPACE"u8))
        {
            Section(text, "Keyspace");
            Line(text, "db0", string.Create(CultureInfo.InvariantCulture, $"keys={keys},expires=0,avg_ttl=0"));
        }

        return text.ToString();
    }

    /// <summary>A role's name, in lower case.</summary>
    public static string RoleName(RaftRole role) => role switch
    {
        RaftRole.Leader => "leader",
        RaftRole.Candidate => "candidate",
        RaftRole.PreCandidate => "pre-candidate",
        _ => "follower",
    };

    private static bool Wants(RespArguments request, ReadOnlySpan<byte> section)
    {
        bool wants = request.Count == 1;
        for (int i = 1; i < request.Count; i++)
        {
            wants |= request.Is(i, section) || request.Is(i, "ALL"u8) || request.Is(i, "EVERYTHING"u8) || request.Is(i, "DEFAULT"u8);
        }

        return wants;
    }

    private static void Section(StringBuilder text, string name) =>
        text.Append(text.Length == 0 ? string.Empty : "\r\n").Append("# ").Append(name).Append("\r\n");

    private static void Line<T>(StringBuilder text, string name, T value) =>
        text.Append(CultureInfo.InvariantCulture, $"{name}:{value}\r\n");
}
