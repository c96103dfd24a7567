using System;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Protocol;

namespace RaftEngine.Tests.Support;

/// <summary>A transport that loses the messages which a test chooses.</summary>
internal sealed class LossyTransport(IRaftTransport inner, Func<Message, bool> isLost) : IRaftTransport
{
    public int MaxBodyBytes => inner.MaxBodyBytes;

    public ValueTask StartAsync(RaftIdentity identity, IRaftReceiver receiver, CancellationToken cancellationToken) => inner.StartAsync(identity, receiver, cancellationToken);

    public bool Send(in Message message, ReadOnlySpan<byte> body) => isLost(message) || inner.Send(in message, body);

    public void Flush() => inner.Flush();

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
