using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Samples.Kv.Measuring;

namespace RaftEngine.Samples.Kv.Demo;

/// <summary>Three replicas in this process, over loopback TCP, each with a directory of its own.</summary>
internal sealed class DemoCluster : IAsyncDisposable
{
    /// <summary>How many replicas there are.</summary>
    public const int Size = 3;

    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(1);

    private readonly string _directory;
    private readonly Guid _clusterId = Guid.NewGuid();
    private readonly ImmutableDictionary<ulong, IPEndPoint> _endPoints;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();

    // Both are replaced under the lock and read without it: each read is of one reference to something that does not change.
    private volatile ImmutableList<DemoReplica> _running = [];
    private volatile Task<DemoReplica> _leader;

    private DemoCluster(string directory)
    {
        _directory = directory;
        _endPoints = LoopbackPorts.Take(Size).Select(static (endPoint, position) => KeyValuePair.Create((ulong)position + 1, endPoint)).ToImmutableDictionary();
        _leader = FindLeaderAsync();
    }

    /// <summary>The replicas that are running.</summary>
    public ImmutableList<DemoReplica> Running => _running;

    /// <summary>Starts the three. The directory gets one for each of them, named by its id.</summary>
    /// <exception cref="IOException">The directory has such already.</exception>
    public static async Task<DemoCluster> StartAsync(string directory, CancellationToken cancellationToken)
    {
        DemoCluster cluster = new(directory);
        try
        {
            foreach (ulong id in cluster._endPoints.Keys.Order())
            {
                if (Directory.Exists(cluster.DirectoryOf(id)))
                {
                    throw new IOException($"'{cluster.DirectoryOf(id)}' exists already; the demo starts from empty directories.");
                }
            }

            foreach (ulong id in cluster._endPoints.Keys.Order())
            {
                await cluster.StartReplicaAsync(id, cancellationToken).ConfigureAwait(false);
            }

            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The leader; the task ends when there is one. Everyone who waits for a leader waits for the same task, so that looking for one costs the same for all.</summary>
    public Task<DemoReplica> LeaderAsync() => _leader;

    /// <summary>Tells that a replica turned out not to lead any more.</summary>
    public void ReportLost(DemoReplica former)
    {
        lock (_lock)
        {
            if (_leader.IsCompletedSuccessfully && ReferenceEquals(_leader.Result, former))
            {
                _leader = FindLeaderAsync();
            }
        }
    }

    /// <summary>Stops a replica as if its process had been killed.</summary>
    public async Task AbortAsync(DemoReplica replica)
    {
        lock (_lock)
        {
            _running = _running.Remove(replica);
        }

        // The clients are not told in advance, so that commands are in flight when it happens.
        await replica.AbortAsync().ConfigureAwait(false);
        ReportLost(replica);
    }

    /// <summary>Starts a replica from its directory, on the port it had.</summary>
    public async Task<DemoReplica> StartReplicaAsync(ulong id, CancellationToken cancellationToken)
    {
        DemoReplica replica = await DemoReplica.StartAsync(id, DirectoryOf(id), _clusterId, _endPoints, cancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            _running = _running.Add(replica);
        }

        return replica;
    }

    /// <summary>Throws what stopped a replica, if one was stopped by a failure.</summary>
    public void ThrowIfFailed()
    {
        foreach (DemoReplica replica in Running)
        {
            if (replica.Node.Completion is { IsFaulted: true, Exception.InnerException: { } cause })
            {
                throw new InvalidOperationException($"Replica {replica.Id} failed: {cause.Message}", cause);
            }
        }
    }

    /// <summary>Waits until every replica has committed and applied the same, whole log.</summary>
    /// <returns>Whether that came about in time, and the replicas' states by id.</returns>
    public async Task<(bool Agreed, ImmutableArray<RaftStatus> States)> WaitUntilEqualAsync(TimeSpan patience)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            ThrowIfFailed();
            ImmutableArray<RaftStatus> states = [.. Running.OrderBy(replica => replica.Id).Select(replica => replica.Node.Status)];
            bool equal = states.Length == Size
                && states.All(state => state.CommitIndex == states[0].LastIndex && state.AppliedIndex == state.CommitIndex && state.LastIndex == state.CommitIndex);
            if (equal || TimeProvider.System.GetElapsedTime(started) > patience)
            {
                return (equal, states);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5)).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        foreach (DemoReplica replica in Running)
        {
            await replica.DisposeAsync().ConfigureAwait(false);
        }

        _running = [];
        _stopping.Dispose();
    }

    private string DirectoryOf(ulong id) => Path.Combine(_directory, id.ToString(CultureInfo.InvariantCulture));

    private async Task<DemoReplica> FindLeaderAsync()
    {
        CancellationToken stopping = _stopping.Token;
        while (true)
        {
            await Task.Delay(LookAgainAfter, stopping).ConfigureAwait(false);
            DemoReplica? leader = null;
            long term = 0;
            foreach (DemoReplica replica in Running)
            {
                RaftStatus status = replica.Node.Status;
                if (status.Role == RaftRole.Leader && status.Term > term)
                {
                    leader = replica;
                    term = status.Term;
                }
            }

            if (leader is not null)
            {
                return leader;
            }
        }
    }
}
