using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging;
using RaftEngine.Protocol;
using RaftEngine.Samples.Kv.Resp;
using RaftEngine.Samples.Kv.Store;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>Members, leadership, snapshots and backups of a replica that is a running node. What only a leader can do
/// is sent on to it.</summary>
internal sealed class RaftAdministration(RaftNode<KvResult> node, ServeOptions options, Guid cluster, byte[]? password, ILogger logger) : IKvAdministration
{
    private static readonly TimeSpan LeaderTimeout = TimeSpan.FromSeconds(30);

    private int _isSaving; // 1 while a backup is under way
    private long _lastSave = DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    /// <inheritdoc/>
    public Guid Cluster { get; } = cluster;

    /// <inheritdoc/>
    public long LastSave => Volatile.Read(ref _lastSave);

    /// <inheritdoc/>
    public string DescribeCluster()
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"cluster:{Cluster}\r\n");
        foreach (RaftPeerStatus peer in node.GetPeers())
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"peer{peer.NodeId}:match={peer.MatchIndex},network_us={(long)peer.NetworkTime.TotalMicroseconds},hold_us={(long)peer.HoldTime.TotalMicroseconds},"
                + $"inflight_messages={peer.InflightMessages},window_messages={peer.WindowMessages}\r\n");
        }

        return text.ToString();
    }

    /// <inheritdoc/>
    public async ValueTask<string> ExecuteAsync(CommandId id, RespArguments request)
    {
        string[] words = [.. Enumerable.Range(0, request.Count).Select(request.Text)];
        switch (id)
        {
            case CommandId.Save:
                return await SaveAsync().ConfigureAwait(false);
            case CommandId.BgSave:
                return SaveInBackground();
            case CommandId.RaftSnapshot:
                return await SnapshotAsync().ConfigureAwait(false);
            default:
                RaftStatus status = node.Status;
                return status.Role == RaftRole.Leader
                    ? await LeadAsync(id, words).ConfigureAwait(false)
                    : await AskLeaderAsync(status.LeaderId, words).ConfigureAwait(false);
        }
    }

    private async Task<string> AskLeaderAsync(ulong leader, string[] words)
    {
        if (!options.RedisPeers.TryGetAddress(leader, out ClientAddress address))
        {
            return "-CLUSTERDOWN no leader";
        }

        using CancellationTokenSource patience = new(LeaderTimeout);
        try
        {
            return await ReplicaClient.AskAsync(address, password, patience.Token, words).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException)
        {
            return $"-UNKNOWN the leader, replica {leader}, has not answered: {failure.Message}";
        }
    }

    private async Task<string> LeadAsync(CommandId command, string[] words)
    {
        if (command == CommandId.RaftTransfer)
        {
            return words.Length > 2 || !TryReadId(words.ElementAtOrDefault(1) ?? "0", out ulong target)
                ? "-ERR RAFT.TRANSFER [id]"
                : await DoneAsync(node.TransferLeadershipAsync(target)).ConfigureAwait(false);
        }

        if (!TryReadId(words[1], out ulong id) || id == 0)
        {
            return $"-ERR '{words[1]}' is no replica's id";
        }

        Configuration members = node.Status.Configuration!;
        bool isMember = members.Find(id).Roles != MemberRoles.None;
        switch (command)
        {
            case CommandId.RaftAdd when isMember:
                return $"-ERR replica {id} is a member already";
            case CommandId.RaftAdd:
                return await AddAsync(members, id, words).ConfigureAwait(false);
            case CommandId.RaftRemove or CommandId.RaftReplace when !isMember:
                return $"-ERR replica {id} is no member";
            case CommandId.RaftRemove:
                return await DoneAsync(node.ChangeMembersAsync(Without(members, id))).ConfigureAwait(false);
            default:
                return await ReplaceAsync(members, id).ConfigureAwait(false);
        }
    }

    /// <summary>RAFT.ADD id HOST:PORT HOST:PORT: where replicas and where clients reach it, unless all replicas were
    /// started with these.</summary>
    private async Task<string> AddAsync(Configuration members, ulong id, string[] words)
    {
        if (words.Length is not (2 or 4))
        {
            return "-ERR RAFT.ADD id [host:port-for-replicas host:port-for-clients]";
        }

        if (words.Length == 2 && !options.Peers.EndPoints.ContainsKey(id))
        {
            return $"-ERR the address of replica {id} is not known: RAFT.ADD {id} host:port-for-replicas host:port-for-clients";
        }

        if (words.Length == 4)
        {
            try
            {
                _ = PeerMap.ParseEndPoint(words[2]);
                _ = PeerMap.ParseEndPoint(words[3]);
            }
            catch (FormatException wrong)
            {
                return $"-ERR {wrong.Message}";
            }

            await node.ProposeAsync(new KvMember(id, words[2], words[3]).ToCommand()).ConfigureAwait(false);
        }

        return await DoneAsync(node.ChangeMembersAsync(With(members, id))).ConfigureAwait(false);
    }

    /// <summary>The member's directory is gone, and another one is to take its place: it is removed, and added again
    /// without a vote, which it gets when it has caught up.</summary>
    private async Task<string> ReplaceAsync(Configuration members, ulong id)
    {
        if (id == node.Status.NodeId)
        {
            return $"-ERR replica {id} leads the cluster, so its directory is the one that the cluster knows";
        }

        Configuration rest = Without(members, id);
        await node.ChangeMembersAsync(rest).ConfigureAwait(false);
        return await DoneAsync(node.ChangeMembersAsync(With(rest, id))).ConfigureAwait(false);
    }

    private static Configuration Without(Configuration members, ulong id) => new([.. members.Members.Where(member => member.NodeId != id)]);

    private static Configuration With(Configuration members, ulong id) => new(members.Members.Add(new Member(id, MemberRoles.Learner | MemberRoles.Promotable)));

    private static bool TryReadId(string word, out ulong id) => ulong.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out id);

    private static async Task<string> DoneAsync(ValueTask change)
    {
        await change.ConfigureAwait(false);
        return "+OK";
    }

    private string SaveInBackground()
    {
        if (options.Backup is null)
        {
            return "-ERR it was started without --backup FILE";
        }

        if (Volatile.Read(ref _isSaving) != 0)
        {
            return "-ERR Background save already in progress";
        }

        _ = Task.Run(async () =>
        {
            try
            {
                await SaveAsync().ConfigureAwait(false);
            }
#pragma warning disable CA1031 // No caller waits for it, so every exception is logged.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                ServerLog.BackupFailed(logger, failure.Message);
            }
        });
        return "+Background saving started";
    }

    private async Task<string> SaveAsync()
    {
        if (options.Backup is not { } path)
        {
            return "-ERR it was started without --backup FILE";
        }

        if (Interlocked.Exchange(ref _isSaving, 1) != 0)
        {
            return "-ERR Background save already in progress";
        }

        try
        {
            await node.ReadBarrierAsync().ConfigureAwait(false);
            await node.BackupAsync(path).ConfigureAwait(false);
            Volatile.Write(ref _lastSave, DateTimeOffset.UtcNow.ToUnixTimeSeconds());
            return "+OK";
        }
        finally
        {
            Volatile.Write(ref _isSaving, 0);
        }
    }

    /// <summary>A backup leaves a snapshot behind; its own file is not wanted here.</summary>
    private async Task<string> SnapshotAsync()
    {
        string path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.DataDirectory)) + ".snapshot";
        try
        {
            RaftBackup snapshot = await node.BackupAsync(path).ConfigureAwait(false);
            return $"+OK index {snapshot.Index}";
        }
        finally
        {
            File.Delete(path);
        }
    }
}
