using System;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Protocol;

namespace RaftEngine.Transport;

/// <summary>STUB.</summary>
public sealed class TcpTransport : IRaftTransport
{
    /// <summary>STUB.</summary>
    public TcpTransport(TcpTransportOptions options) => throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask StartAsync(RaftIdentity identity, IRaftReceiver receiver, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <inheritdoc/>
    public bool Send(in Message message, ReadOnlySpan<byte> body) => throw new NotSupportedException();

    /// <inheritdoc/>
    public void Flush() => throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotSupportedException();
}
