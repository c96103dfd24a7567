using System;
using System.Linq;
using System.Threading.Tasks;
using RaftEngine.Bench.Measuring;

namespace RaftEngine.Bench.CatchUp;

/// <summary>A cluster whose third node comes and goes, in a process and on a processor of its own.</summary>
/// <param name="workspace">Where the nodes' files lie.</param>
/// <param name="stateBytes">How large the state is.</param>
/// <param name="awayWorkspace">Where the third one's files lie, if elsewhere.</param>
internal sealed class AwayCluster(Workspace workspace, long stateBytes, Workspace? awayWorkspace) : IAsyncDisposable
{
    private const int BurstCommandBytes = 16 << 10;
    private const int BurstCommands = 64;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly MeasuredCluster _cluster = new(workspace, stateBytes, thirdWorkspace: awayWorkspace);
    private readonly int? _processor = Processors.LeaveLast();
    private AwayNode? _away;
    private long _leftAt;

    /// <summary>The node that leads throughout.</summary>
    public RaftNode<long> Leader => _cluster.Leader;

    /// <summary>What is on its way from the leader to the node that comes and goes.</summary>
    public UnansweredBytes Unanswered => _cluster.Unanswered;

    /// <summary>The options of every node, as far as they bound memory.</summary>
    public RaftOptions Options => _cluster.Options;

    /// <summary>Starts the two that stay.</summary>
    public Task StartAsync() => _cluster.StartAsync();

    /// <summary>Stops the third one, if it runs, and brings commands until the others have given up the log that it has not seen; and lets them rest.</summary>
    public async Task LeaveAsync()
    {
        if (_away is not null)
        {
            await _away.DisposeAsync().ConfigureAwait(false);
            _away = null;
        }

        _leftAt = Leader.Status.LastIndex; // it has seen no more than that
        byte[] command = new byte[BurstCommandBytes];
        Task<Applied<long>>[] burst = new Task<Applied<long>>[BurstCommands];
        while (_cluster.Nodes.Any(node => node.Status.FirstIndex <= _leftAt + 1))
        {
            for (int i = 0; i < burst.Length; i++)
            {
                burst[i] = Leader.ProposeAsync(command).AsTask();
            }

            await Task.WhenAll(burst).WaitAsync(Patience).ConfigureAwait(false);
            await Task.Delay(50).ConfigureAwait(false); // a snapshot that is being written is given the time: what is brought meanwhile is the next one's
        }

        await Task.Delay(500).ConfigureAwait(false);
    }

    /// <summary>Starts the third one's process, and nothing in it yet.</summary>
    public async Task LaunchAsync() => _away = await AwayNode.LaunchAsync(_cluster.Third, _processor).ConfigureAwait(false);

    /// <summary>Starts the third one in its process. When this returns, it runs.</summary>
    public Task ComeBackAsync()
    {
        Unanswered.Reset();
        return Away.StartAsync();
    }

    /// <summary>Waits until the third one has applied what the leader has committed by now, and checks that a snapshot brought it there.</summary>
    public async Task CaughtUpAsync()
    {
        long snapshotIndex = await Away.ReachAsync(Leader.Status.CommitIndex).ConfigureAwait(false);
        if (Unanswered.SnapshotBytes < stateBytes || snapshotIndex <= _leftAt)
        {
            throw new InvalidOperationException(
                $"The third node, which left at {_leftAt}, has a snapshot of {snapshotIndex}, and was sent {Unanswered.SnapshotBytes} bytes of one; the state has {stateBytes}.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_away is not null)
        {
            await _away.DisposeAsync().ConfigureAwait(false);
        }

        await _cluster.DisposeAsync().ConfigureAwait(false);
    }

    private AwayNode Away => _away ?? throw new InvalidOperationException("The third node's process was not started.");
}
