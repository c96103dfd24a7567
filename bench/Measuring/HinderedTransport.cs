using System;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Protocol;

namespace RaftEngine.Bench.Measuring;

/// <summary>The transport of a node that is held up in what it receives.</summary>
/// <param name="inner">The transport.</param>
/// <param name="hindrance">How.</param>
internal sealed class HinderedTransport(IRaftTransport inner, Hindrance hindrance) : IRaftTransport
{
    private HinderedReceiver? _receiver;

    public int MaxBodyBytes => inner.MaxBodyBytes;

    public ValueTask StartAsync(RaftIdentity identity, IRaftReceiver receiver, CancellationToken cancellationToken)
    {
        _receiver = new HinderedReceiver(receiver, hindrance);
        return inner.StartAsync(identity, _receiver, cancellationToken);
    }

    public bool Send(in Message message, ReadOnlySpan<byte> body) => inner.Send(in message, body);

    public void Flush() => inner.Flush();

    public async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync().ConfigureAwait(false);
        _receiver?.Dispose();
    }
}
