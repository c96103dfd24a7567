using System;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Samples.Kv.Measuring;

namespace RaftEngine.Samples.Kv.Demo;

/// <summary>
/// Counts the words of a text through the log: one INCRBY for each. Each of its workers is a client with one command in flight.
/// </summary>
internal sealed class Workload
{
    /// <summary>How often the progress is looked at.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(1);

    private readonly DemoCluster _cluster;
    private readonly WordSource _words;
    private readonly long _total;
    private readonly TaskCompletionSource _leaderLost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<(DemoReplica Leader, long At)> _successor = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _begun;
    private long _acknowledged;
    private DemoReplica? _losing;

    /// <summary>A workload of this many words.</summary>
    public Workload(DemoCluster cluster, WordSource words, long total)
    {
        _cluster = cluster;
        _words = words;
        _total = total;
    }

    /// <summary>Commit latencies: from the first proposal of a command to its result, with every retry in between.</summary>
    public LatencyHistogram Latencies { get; } = new();

    /// <summary>How many commands have been acknowledged.</summary>
    public long Acknowledged => Volatile.Read(ref _acknowledged);

    /// <summary>Waits until so many commands have been acknowledged.</summary>
    public async Task ReachAsync(long acknowledged, CancellationToken cancellationToken)
    {
        while (Acknowledged < acknowledged)
        {
            await Task.Delay(LookEvery, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Says that a leader is about to be lost.</summary>
    /// <returns>A task that ends when another one has acknowledged a command: with that one, and the time stamp.</returns>
    public Task<(DemoReplica Leader, long At)> WatchForSuccessor(DemoReplica losing)
    {
        Volatile.Write(ref _losing, losing);
        return _successor.Task;
    }

    /// <summary>Says that the leader is lost. The last quarter of the commands is not begun before, so that even a short text has a load to go on with.</summary>
    public void LeaderIsLost() => _leaderLost.TrySetResult();

    /// <summary>Runs until every word is counted.</summary>
    /// <param name="workers">How many commands are kept in flight.</param>
    public async Task RunAsync(int workers)
    {
        Task[] running = new Task[workers];
        for (int i = 0; i < workers; i++)
        {
            running[i] = RunWorkerAsync();
        }

        await Task.WhenAll(running).ConfigureAwait(false);
    }

    private async Task RunWorkerAsync()
    {
        DemoClient client = await DemoClient.OpenAsync(_cluster).ConfigureAwait(false);
        byte[] word = new byte[WordSource.MaxWordBytes];
        while (_words.Take(word) is > 0 and int wordLength)
        {
            if (Interlocked.Increment(ref _begun) > _total * 3 / 4)
            {
                await _leaderLost.Task.ConfigureAwait(false);
            }

            long started = Stopwatch.GetTimestamp();
            DemoReplica leader = await client.CountAsync(word.AsMemory(0, wordLength)).ConfigureAwait(false);
            Acknowledge(leader, started);
        }

        await client.CloseAsync().ConfigureAwait(false);
    }

    private void Acknowledge(DemoReplica leader, long started)
    {
        Latencies.Record(Stopwatch.GetElapsedTime(started));
        Interlocked.Increment(ref _acknowledged);

        // Pairs with the write in WatchForSuccessor. An acknowledgment of the lost leader itself may still be on its way.
        DemoReplica? losing = Volatile.Read(ref _losing);
        if (losing is not null && !ReferenceEquals(losing, leader))
        {
            _successor.TrySetResult((leader, Stopwatch.GetTimestamp()));
            Volatile.Write(ref _losing, null);
        }
    }
}
