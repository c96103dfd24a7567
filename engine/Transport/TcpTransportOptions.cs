using System;
using System.Collections.Generic;
using System.Net;

namespace RaftEngine.Transport;

/// <summary>STUB: to be completed.</summary>
public sealed class TcpTransportOptions
{
    /// <summary>Where this node listens for its peers.</summary>
    public required IPEndPoint ListenEndPoint { get; init; }

    /// <summary>Where the other nodes listen, by node id. An entry for this node itself is ignored.</summary>
    public required IReadOnlyDictionary<ulong, EndPoint> Peers { get; init; }
}
