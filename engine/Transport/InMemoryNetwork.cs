using System;

namespace RaftEngine.Transport;

/// <summary>STUB.</summary>
public sealed class InMemoryNetwork
{
    /// <summary>STUB.</summary>
    public IRaftTransport CreateTransport(ulong nodeId) => throw new NotSupportedException();
}
