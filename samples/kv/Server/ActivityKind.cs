namespace RaftEngine.Samples.Kv.Server;

/// <summary>What a connection waits for.</summary>
internal enum ActivityKind
{
    /// <summary>The replica: no deadline of the connection's.</summary>
    Work,

    /// <summary>The next request.</summary>
    Idle,

    /// <summary>The rest of a request.</summary>
    Request,

    /// <summary>The client to read its replies.</summary>
    Reply,
}
