using System;
using System.Globalization;
using System.Linq;
using System.Text;
using RaftEngine.Samples.Kv.Resp;
using RaftEngine.Samples.Kv.Store;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>The text of the INFO command: sections of <c>name:value</c> lines.</summary>
internal static class InfoText
{
    /// <summary>The version of the protocol's commands that clients may count on.</summary>
    public const string RedisVersion = "7.0.0";

    /// <summary>Writes the sections that a request asks for; all of them if it names none. The role that clients know
    /// stands behind that of Raft.</summary>
    public static string Format(RespArguments request, KvService service)
    {
        RaftStatus status = service.Replica.Status;
        StringBuilder text = new();
        if (Wants(request, "SERVER"u8))
        {
            Section(text, "Server");
            Line(text, "redis_version", RedisVersion);
            Line(text, "redis_mode", "standalone");
            Line(text, "process_id", Environment.ProcessId);
            Line(text, "uptime_in_seconds", (long)(DateTimeOffset.UtcNow - service.Started).TotalSeconds);
        }

        if (Wants(request, "CLIENTS"u8))
        {
            Section(text, "Clients");
            Line(text, "connected_clients", service.Connections.Count);
            Line(text, "maxclients", service.Limits.MaxConnections);
            Line(text, "held_bytes", service.Held.Held);
            Line(text, "max_held_bytes", service.Held.Most);
        }

        if (Wants(request, "MEMORY"u8))
        {
            Section(text, "Memory");
            Line(text, "used_memory", GC.GetTotalMemory(forceFullCollection: false));
            Line(text, "used_memory_rss", Environment.WorkingSet);
            Line(text, "maxmemory", 0);
            Line(text, "maxmemory_policy", "noeviction");
        }

        if (Wants(request, "PERSISTENCE"u8))
        {
            Section(text, "Persistence");
            Line(text, "loading", 0);
            Line(text, "rdb_last_save_time", service.Administration?.LastSave ?? service.Started.ToUnixTimeSeconds());
            Line(text, "aof_enabled", 1);
        }

        if (Wants(request, "RAFT"u8))
        {
            AppendRaft(text, status);
        }

        if (Wants(request, "REPLICATION"u8))
        {
            AppendReplication(text, service, status);
        }

        if (Wants(request, "CLUSTER"u8))
        {
            Section(text, "Cluster");
            Line(text, "cluster_enabled", 1);
        }

        if (Wants(request, "KEYSPACE"u8))
        {
            AppendKeyspace(text, service.Replica.Store);
        }

        return text.ToString();
    }

    /// <summary>The section of Raft, and what the leader knows of the others.</summary>
    public static string FormatRaft(KvService service)
    {
        StringBuilder text = new();
        AppendRaft(text, service.Replica.Status);
        return text.Append(service.Administration?.DescribeCluster() ?? string.Empty).ToString();
    }

    /// <summary>A role's name, in lower case.</summary>
    public static string RoleName(RaftRole role) => role switch
    {
        RaftRole.Leader => "leader",
        RaftRole.Candidate => "candidate",
        RaftRole.PreCandidate => "pre-candidate",
        _ => "follower",
    };

    private static void AppendRaft(StringBuilder text, in RaftStatus status)
    {
        Section(text, "Raft");
        Line(text, "role", RoleName(status.Role));
        Line(text, "node_id", status.NodeId);
        Line(text, "term", status.Term);
        Line(text, "leader", status.LeaderId);
        Line(text, "members", status.Configuration?.ToString() ?? string.Empty);
        Line(text, "commit_index", status.CommitIndex);
        Line(text, "applied_index", status.AppliedIndex);
        Line(text, "last_index", status.LastIndex);
        Line(text, "durable_index", status.DurableIndex);
        Line(text, "snapshot_index", status.SnapshotIndex);
        Line(text, "fingerprint", status.Fingerprint.ToString("x16", CultureInfo.InvariantCulture));
        Line(text, "log_syncs", status.LogSyncs);
        Line(text, "entries_appended", status.EntriesAppended);
        Line(text, "torn_tail_bytes", status.TornTailBytes);
    }

    private static void AppendReplication(StringBuilder text, KvService service, in RaftStatus status)
    {
        Section(text, "Replication");
        bool isMaster = service.IsMaster(in status);
        Line(text, "role", isMaster ? "master" : "slave");
        ulong self = status.NodeId;
        if (isMaster)
        {
            ulong[] others = [.. service.RedisPeers.Ids.Where(id => id != self)];
            Line(text, "connected_slaves", others.Length);
            for (int i = 0; i < others.Length; i++)
            {
                service.RedisPeers.TryGetAddress(others[i], out ClientAddress address);
                Line(text, $"slave{i}", string.Create(
                    CultureInfo.InvariantCulture, $"ip={address.Host},port={address.Port},state=online,offset={status.CommitIndex},lag=0"));
            }
        }
        else
        {
            bool isUp = service.RedisPeers.TryGetAddress(status.LeaderId, out ClientAddress leader);
            Line(text, "master_host", leader.Host ?? string.Empty);
            Line(text, "master_port", leader.Port);
            Line(text, "master_link_status", isUp ? "up" : "down");
            Line(text, "master_sync_in_progress", 0);
            Line(text, "slave_repl_offset", status.AppliedIndex);
            Line(text, "slave_read_only", 0);
            Line(text, "connected_slaves", 0);
        }

        Line(text, "master_repl_offset", status.CommitIndex);
    }

    private static void AppendKeyspace(StringBuilder text, KvStateMachine store)
    {
        Section(text, "Keyspace");
        for (int i = 0; i < KvStore.DatabaseCount; i++)
        {
            (int keys, int expiring) = store.CountOf(i);
            if (keys > 0)
            {
                Line(text, $"db{i}", string.Create(CultureInfo.InvariantCulture, $"keys={keys},expires={expiring},avg_ttl=0"));
            }
        }
    }

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
