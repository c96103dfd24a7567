using System;
using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>
/// Knows which of the other replicas serve clients, so that clients are not sent to one that does not. It keeps a
/// connection to each, on which nothing is said: when a process
/// ends, its connections do.
/// </summary>
internal sealed class PeerWatch(PeerMap redisPeers, ulong self) : IAsyncDisposable
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<ulong, Task> _watched = new();
    private readonly ConcurrentDictionary<ulong, bool> _serving = new();
    private readonly CancellationTokenSource _stop = new();

    /// <summary>True if clients can be sent to a replica.</summary>
    public bool IsServing(ulong id) => id == self || _serving.ContainsKey(id);

    /// <summary>Begins to watch those that are known by now and were not.</summary>
    public void Start()
    {
        foreach (ulong id in redisPeers.Ids)
        {
            if (id != self)
            {
                _watched.GetOrAdd(id, other => Task.Run(() => WatchAsync(other)));
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_watched.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task WatchAsync(ulong id)
    {
        byte[] nothing = new byte[1];
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                redisPeers.TryGetAddress(id, out ClientAddress address);
                using TcpClient client = new();
                await client.ConnectAsync(address.Host, address.Port, _stop.Token).ConfigureAwait(false);
                _serving[id] = true;
                await client.GetStream().ReadAsync(nothing, _stop.Token).ConfigureAwait(false); // until it ends
            }
            catch (Exception gone) when (gone is SocketException or System.IO.IOException)
            {
                // It does not serve, or no longer.
            }

            _serving.TryRemove(id, out _);
            await Task.Delay(RetryInterval, _stop.Token).ConfigureAwait(false);
        }
    }
}
