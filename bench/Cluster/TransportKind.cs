namespace RaftEngine.Bench.Cluster;

/// <summary>How the nodes of a measured cluster reach each other.</summary>
internal enum TransportKind
{
    /// <summary>TCP over loopback.</summary>
    Tcp,

    /// <summary>The same under mutual TLS.</summary>
    Tls,

    /// <summary>Queues in memory.</summary>
    Memory,
}
