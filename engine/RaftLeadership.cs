using System;
using System.Threading;
using System.Threading.Tasks;

namespace RaftEngine;

/// <summary>
/// One term for which this node leads, from <see cref="RaftNode{TResult}.WaitForLeadershipAsync"/>. What must run on
/// the leader only runs under <see cref="Ended"/>.
/// </summary>
/// <remarks>
/// The token tells what this node knows: another node can lead a later term before this node learns of it. Commands
/// that this node proposes then are refused or end as unknown, so the log stays safe; other effects need a fence, such
/// as <see cref="Term"/>, which grows with every leader.
/// </remarks>
public sealed class RaftLeadership : IDisposable
{
    private readonly CancellationTokenSource _ended = new();
    private readonly CancellationTokenSource _disposed = new();

    internal RaftLeadership(long term, Func<CancellationToken, Task> waitForEnd)
    {
        Term = term;
        _ = WatchAsync(waitForEnd(_disposed.Token));
    }

    /// <summary>The term.</summary>
    public long Term { get; }

    /// <summary>Cancelled, on the thread pool, as soon as this node no longer leads the term, or has stopped.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>Stops watching: <see cref="Ended"/> is not cancelled any more. Leadership goes on.</summary>
    public void Dispose() => _disposed.Cancel();

    private async Task WatchAsync(Task end)
    {
        await end.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_disposed.IsCancellationRequested)
        {
            await _ended.CancelAsync().ConfigureAwait(false);
        }
    }
}
