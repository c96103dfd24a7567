using System;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Samples.Kv.Store;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>
/// Lets keys end. While this replica leads, it proposes the time on its clock: as soon as a key has ended or waits for
/// a stamp, and every second as long as there are keys
/// that end, so that little of the time is lost with a leader. Where no key ends, nothing is proposed.
/// </summary>
internal sealed class ExpiryTicker : IAsyncDisposable
{
    /// <summary>How often the time is written down at least, in milliseconds.</summary>
    private const long MaxStampInterval = 1000;

    /// <summary>How long it takes at the most to notice that this replica leads.</summary>
    private static readonly TimeSpan RoleInterval = TimeSpan.FromMilliseconds(250);

    private readonly IKvReplica _replica;
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly byte[] _command = new byte[KvCommandWriter.MaxCallOverheadBytes];
    private Task _loop = Task.CompletedTask;
    private int _isAwake; // 1 while a wake-up is on its way

    /// <summary>A ticker that does not run yet.</summary>
    public ExpiryTicker(IKvReplica replica)
    {
        _replica = replica;
        replica.Store.DeadlineAdded = Wake;
    }

    /// <summary>Starts it.</summary>
    public void Start() => _loop = Task.Run(RunAsync);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _replica.Store.DeadlineAdded = null;
        _stop.Dispose();
    }

    private void Wake()
    {
        if (Interlocked.Exchange(ref _isAwake, 1) == 0)
        {
            _wake.Release();
        }
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            TimeSpan wait = await TickAsync().ConfigureAwait(false);
            if (wait > TimeSpan.Zero && await _wake.WaitAsync(wait, _stop.Token).ConfigureAwait(false))
            {
                Volatile.Write(ref _isAwake, 0); // before the next look: what is added from now on wakes again
            }
        }
    }

    /// <summary>Proposes the time if it is due.</summary>
    /// <returns>How long to wait.</returns>
    private async ValueTask<TimeSpan> TickAsync()
    {
        KvStamp now = _replica.StampNow();
        KvExpirySummary summary = _replica.Store.SummarizeExpiry();
        if (now.Term == 0 || !summary.Any)
        {
            return RoleInterval;
        }

        long left = summary.IsWaiting ? 0 : Math.Min(summary.Next - now.Elapsed, summary.Elapsed + MaxStampInterval - now.Elapsed);
        if (left > 0)
        {
            return TimeSpan.FromMilliseconds(Math.Min(left, (long)RoleInterval.TotalMilliseconds));
        }

        try
        {
            await _replica.ProposeAsync(_command.AsSpan(0, KvCommandWriter.EncodeStamp(_command, in now))).ConfigureAwait(false);
            return TimeSpan.Zero;
        }
        catch (Exception failure) when (failure is NotLeaderException or RaftOverloadedException or OutcomeUnknownException or ObjectDisposedException or Log.LogFullException)
        {
            return RoleInterval; // Another leader's matter, or a matter of room.
        }
    }
}
