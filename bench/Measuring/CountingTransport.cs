using System;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Protocol;

namespace RaftEngine.Bench.Measuring;

/// <summary>A transport whose messages are counted as they leave and as they come.</summary>
/// <param name="inner">The transport.</param>
/// <param name="count">What counts them.</param>
internal sealed class CountingTransport(IRaftTransport inner, IMessageCount count) : IRaftTransport
{
    public int MaxBodyBytes => inner.MaxBodyBytes;

    public ValueTask StartAsync(RaftIdentity identity, IRaftReceiver receiver, CancellationToken cancellationToken) =>
        inner.StartAsync(identity, new CountingReceiver(receiver, count), cancellationToken);

    public bool Send(in Message message, ReadOnlySpan<byte> body)
    {
        count.Sending(in message, body.Length);
        if (inner.Send(in message, body))
        {
            return true;
        }

        count.Dropped(in message, body.Length);
        return false;
    }

    public void Flush() => inner.Flush();

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
