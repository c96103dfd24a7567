using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>
/// The cluster's id. It is made once, when a cluster starts for the first time: by the first of its replicas, which the
/// others of the first start ask for it. Each keeps it
/// beside its log. A replica that comes later, or has lost its directory, must be given it: so no replica joins a
/// cluster that it was not meant for.
/// </summary>
internal static class ClusterIdentity
{
    /// <summary>The file in the data directory that holds it.</summary>
    public const string FileName = "cluster-id";

    private static readonly TimeSpan QuestionTimeout = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan QuestionPause = TimeSpan.FromMilliseconds(200);

    /// <summary>Finds it, or makes it.</summary>
    /// <exception cref="ArgumentException">It must be given.</exception>
    public static async Task<Guid> EstablishAsync(ServeOptions options, byte[]? password, ILogger logger, CancellationToken stop)
    {
        string path = Path.Combine(options.DataDirectory, FileName);
        if (options.Cluster is { } given)
        {
            return Keep(path, given);
        }

        if (File.Exists(path))
        {
            return Guid.TryParse(await File.ReadAllTextAsync(path, stop).ConfigureAwait(false), out Guid kept)
                ? kept
                : throw new InvalidDataException($"'{path}' does not hold a cluster's id. Give it with --cluster.");
        }

        if (Directory.Exists(options.DataDirectory) && Directory.EnumerateFiles(options.DataDirectory).Any())
        {
            throw new ArgumentException($"'{options.DataDirectory}' holds data, and no file '{FileName}'. Give the cluster's id with --cluster; `logdump info` shows it.");
        }

        IReadOnlyCollection<ulong> voters = options.Voters ?? options.Peers.Ids;
        if (!voters.Contains(options.Id))
        {
            throw new ArgumentException("A replica that joins a cluster must be given its id: --cluster ID. Any replica tells it: redis-cli RAFT.CLUSTER.");
        }

        ulong first = voters.Min();
        if (options.Id == first)
        {
            return await MakeAsync(path, options, password, logger, stop).ConfigureAwait(false);
        }

        ServerLog.AwaitsClusterId(logger, options.Id, first);
        while (true)
        {
            if (await AskOthersAsync(options, password, stop).ConfigureAwait(false) is { } told)
            {
                return Keep(path, told.Cluster);
            }

            await Task.Delay(QuestionPause, stop).ConfigureAwait(false);
        }
    }

    private static async Task<Guid> MakeAsync(string path, ServeOptions options, byte[]? password, ILogger logger, CancellationToken stop)
    {
        if (await AskOthersAsync(options, password, stop).ConfigureAwait(false) is { } living)
        {
            throw new ArgumentException(
                $"Replica {living.Id} belongs to cluster {living.Cluster} already, and '{options.DataDirectory}' is empty. To join it again: --cluster {living.Cluster}, and then "
                + $"redis-cli RAFT.REPLACE {options.Id} at any of the others.");
        }

        Guid made = Guid.NewGuid();
        ServerLog.MadeClusterId(logger, made);
        return Keep(path, made);
    }

    private static Guid Keep(string path, Guid cluster)
    {
        if (!File.Exists(path))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            string written = path + ".new";
            File.WriteAllText(written, cluster.ToString());
            File.Move(written, path, overwrite: true);
        }

        return cluster;
    }

    private static async Task<(ulong Id, Guid Cluster)?> AskOthersAsync(ServeOptions options, byte[]? password, CancellationToken stop)
    {
        foreach (ulong id in options.RedisPeers.Ids.Where(id => id != options.Id))
        {
            options.RedisPeers.TryGetAddress(id, out ClientAddress address);
            using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
            patience.CancelAfter(QuestionTimeout);
            try
            {
                if (Guid.TryParse(await ReplicaClient.AskAsync(address, password, patience.Token, "RAFT.CLUSTER").ConfigureAwait(false), out Guid cluster))
                {
                    return (id, cluster);
                }
            }
            catch (Exception failure) when (failure is IOException || (failure is OperationCanceledException && !stop.IsCancellationRequested))
            {
                // It does not serve yet.
            }
        }

        return null;
    }
}
