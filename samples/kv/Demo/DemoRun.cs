using System;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Samples.Kv.Measuring;

namespace RaftEngine.Samples.Kv.Demo;

/// <summary>The demonstration: a cluster under load loses its leader, carries on, takes the lost one back, and proves that all three are the same.</summary>
internal sealed class DemoRun
{
    /// <summary>The key that the lone client counts under. It has a blank in it, so it is no word.</summary>
    private const string OneClientKey = "one client";

    /// <summary>Commands of the lone client that are not measured.</summary>
    private const int OneClientWarmup = 200;

    /// <summary>After so many commands of the one client, the floor is measured as often.</summary>
    private const int FloorInterval = 25;

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(100);

    private readonly DemoOptions _options;
    private readonly IDemoProgress _progress;
    private readonly SyncTally _leaderSyncs = new();
    private TimeSpan _leaderless;
    private ulong _lostLeader;

    private DemoRun(DemoOptions options, IDemoProgress progress)
    {
        _options = options;
        _progress = progress;
    }

    /// <summary>Runs it.</summary>
    /// <exception cref="TimeoutException">Nothing was acknowledged for too long.</exception>
    public static Task<DemoResult> RunAsync(DemoOptions options, IDemoProgress progress, CancellationToken cancellationToken) =>
        new DemoRun(options, progress).RunAsync(cancellationToken);

    private async Task<DemoResult> RunAsync(CancellationToken cancellationToken)
    {
        _progress.Say($"Counting the words of {_options.Input.Description} directly, to have something to compare with.");
        ReferenceCount reference = ReferenceCount.Of(_options.Input);
        if (reference.Words < 2)
        {
            throw new InvalidOperationException("The text has fewer than two words; there is nothing to lose a leader half way of.");
        }

        Directory.CreateDirectory(_options.Directory);
        Floor floor = new();
        _progress.Say("Starting three replicas over loopback TCP with Durability.Fsync.");
        DemoCluster cluster = await DemoCluster.StartAsync(_options.Directory, cancellationToken).ConfigureAwait(false);
        await using (cluster.ConfigureAwait(false))
        {
            DemoReplica leader = await cluster.LeaderAsync().WaitAsync(_options.Patience, cancellationToken).ConfigureAwait(false);
            _progress.Say($"Replica {leader.Id} leads. One client at a time first.");
            LatencyHistogram oneClient = await MeasureOneClientAsync(cluster, floor).ConfigureAwait(false);

            using WordSource words = new(_options.Input);
            Workload workload = new(cluster, words, reference.Words);
            long allocatedBefore = GC.GetTotalAllocatedBytes();
            long started = Stopwatch.GetTimestamp();
            await RunLoadAsync(cluster, workload, reference.Words, cancellationToken).ConfigureAwait(false);
            TimeSpan elapsed = Stopwatch.GetElapsedTime(started);
            long allocated = GC.GetTotalAllocatedBytes() - allocatedBefore;

            _progress.Say("Every command is acknowledged. Waiting for the replicas to be equal, and comparing.");
            (bool agreed, ImmutableArray<RaftStatus> states) = await cluster.WaitUntilEqualAsync(_options.Patience).ConfigureAwait(false);
            ImmutableArray<bool> countsMatch = [.. cluster.Running.OrderBy(replica => replica.Id).Select(replica => reference.Matches(replica.Store, OneClientKey))];
            agreed &= countsMatch.All(matches => matches)
                && states.All(state => state.Fingerprint == states[0].Fingerprint)
                && workload.Acknowledged == reference.Words;
            return new DemoResult
            {
                Input = _options.Input.Description,
                InputBytes = _options.Input.PassBytes * _options.Input.Repeat,
                DistinctWords = reference.DistinctWords,
                Commands = workload.Acknowledged,
                CommandsPerSecond = Math.Round(workload.Acknowledged / elapsed.TotalSeconds),
                InFlight = _options.Workers,
                P50Micros = workload.Latencies.PercentileMicros(0.5),
                P99Micros = workload.Latencies.PercentileMicros(0.99),
                P999Micros = workload.Latencies.PercentileMicros(0.999),
                P50OneClientMicros = oneClient.PercentileMicros(0.5),
                FloorMicros = floor.RoundTripMicros + floor.SyncMicros,
                FloorRoundTripMicros = floor.RoundTripMicros,
                FloorSyncMicros = floor.SyncMicros,
                LeaderSyncs = _leaderSyncs.Syncs,
                EntriesPerSync = Math.Round(_leaderSyncs.EntriesPerSync, 1),
                AllocatedBytesPerCommand = Math.Round((double)allocated / workload.Acknowledged, 1),
                LeaderlessMillis = Math.Round(_leaderless.TotalMilliseconds, 1),
                LostLeader = _lostLeader,
                LastIndex = states.Max(state => state.LastIndex),
                Fingerprints = [.. states.Select(state => state.Fingerprint.ToString("x16", CultureInfo.InvariantCulture))],
                CountsMatch = countsMatch,
                Verified = agreed,
            };
        }
    }

    // In turns with the floor, a few of each: disks change from second to second.
    private async Task<LatencyHistogram> MeasureOneClientAsync(DemoCluster cluster, Floor floor)
    {
        LatencyHistogram latencies = new();
        DemoClient client = await DemoClient.OpenAsync(cluster).ConfigureAwait(false);
        byte[] key = Encoding.ASCII.GetBytes(OneClientKey);
        for (int i = 0; i < OneClientWarmup + _options.OneClientCommands; i++)
        {
            long started = Stopwatch.GetTimestamp();
            await client.CountAsync(key).ConfigureAwait(false);
            if (i >= OneClientWarmup)
            {
                latencies.Record(Stopwatch.GetElapsedTime(started));
            }

            if (i >= OneClientWarmup && i % FloorInterval == 0)
            {
                await Task.Yield(); // Results come where the command was applied: that thread must not measure.
                await floor.MeasureAsync(_options.Directory, FloorInterval).ConfigureAwait(false);
            }
        }

        await client.CloseAsync().ConfigureAwait(false);
        await Task.Yield(); // Results come where the command was applied, which must not be kept.
        return latencies;
    }

    private async Task RunLoadAsync(DemoCluster cluster, Workload workload, long total, CancellationToken cancellationToken)
    {
        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task load = workload.RunAsync(_options.Workers);
        Task drill = LoseLeaderAsync(cluster, workload, total, over.Token);
        try
        {
            await WatchAsync(cluster, workload, total, load, drill, cancellationToken).ConfigureAwait(false);
            await (load.IsFaulted ? load : drill.IsFaulted ? drill : Task.WhenAll(load, drill)).ConfigureAwait(false);
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
        }

        await Task.Yield(); // The last result came where the command was applied, which must not be kept.
    }

    /// <summary>Shows the progress until both have ended or one has failed.</summary>
    private async Task WatchAsync(DemoCluster cluster, Workload workload, long total, Task load, Task drill, CancellationToken cancellationToken)
    {
        Task both = Task.WhenAll(load, drill);
        long seen = 0;
        long seenAt = Stopwatch.GetTimestamp();
        while (!both.IsCompleted && !load.IsFaulted && !drill.IsFaulted)
        {
            await Task.WhenAny(both, Task.Delay(LookEvery, cancellationToken)).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            cluster.ThrowIfFailed();
            long acknowledged = workload.Acknowledged;
            _progress.Report(acknowledged, total);
            if (acknowledged != seen)
            {
                seen = acknowledged;
                seenAt = Stopwatch.GetTimestamp();
            }
            else if (Stopwatch.GetElapsedTime(seenAt) > _options.Patience)
            {
                throw new TimeoutException($"No command was acknowledged for {_options.Patience.TotalSeconds} s, after {seen} of {total}.");
            }
        }
    }

    /// <summary>Aborts the leader half way, leaves it away for a tenth of the load, and starts it again from its directory while the load goes on.</summary>
    private async Task LoseLeaderAsync(DemoCluster cluster, Workload workload, long total, CancellationToken cancellationToken)
    {
        DemoReplica first = await cluster.LeaderAsync().ConfigureAwait(false);
        RaftStatus firstBefore = first.Node.Status;
        await workload.ReachAsync(total / 2, cancellationToken).ConfigureAwait(false);
        DemoReplica lost = await cluster.LeaderAsync().ConfigureAwait(false);
        if (ReferenceEquals(first, lost))
        {
            _leaderSyncs.Add(firstBefore, lost.Node.Status);
        }

        Task<(DemoReplica Leader, long At)> succeeded = workload.WatchForSuccessor(lost);
        _lostLeader = lost.Id;
        _progress.Say(string.Create(CultureInfo.InvariantCulture, $"{workload.Acknowledged:N0} of {total:N0} commands: aborting the leader, replica {lost.Id}."));
        long aborted = Stopwatch.GetTimestamp();
        await cluster.AbortAsync(lost).ConfigureAwait(false);
        workload.LeaderIsLost();
        (DemoReplica successor, long at) = await succeeded.ConfigureAwait(false);
        _leaderless = Stopwatch.GetElapsedTime(aborted, at);
        RaftStatus successorBefore = successor.Node.Status;
        _progress.Say(string.Create(CultureInfo.InvariantCulture, $"Replica {successor.Id} leads; {_leaderless.TotalMilliseconds:N0} ms had no leader."));

        await workload.ReachAsync(total * 6 / 10, cancellationToken).ConfigureAwait(false);
        _progress.Say($"Starting replica {lost.Id} again from its directory.");
        await cluster.StartReplicaAsync(lost.Id, cancellationToken).ConfigureAwait(false);
        await workload.ReachAsync(total, cancellationToken).ConfigureAwait(false);
        _leaderSyncs.Add(successorBefore, successor.Node.Status);
    }
}
