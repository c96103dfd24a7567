namespace RaftEngine.Samples.Kv.Server;

/// <summary>How a command is carried out.</summary>
internal enum CommandClass
{
    /// <summary>On this replica and connection alone, whether it leads or not.</summary>
    Local,

    /// <summary>On this replica's databases, behind a read barrier.</summary>
    Read,

    /// <summary>Through the log.</summary>
    Write,

    /// <summary>Begins, ends or guards a transaction.</summary>
    Transaction,

    /// <summary>Takes its time, and is answered when it is done.</summary>
    Administration,

    /// <summary>Belongs to a kind of data that this store does not hold.</summary>
    Unsupported,

    /// <summary>What an HTTP client says: the connection is closed.</summary>
    Http,
}
