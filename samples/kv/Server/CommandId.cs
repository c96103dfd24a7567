namespace RaftEngine.Samples.Kv.Server;

/// <summary>The commands that a client can send.</summary>
internal enum CommandId
{
    /// <summary>Liveness.</summary>
    Ping,

    /// <summary>Gives back its argument.</summary>
    Echo,

    /// <summary>There is database 0 only.</summary>
    Select,

    /// <summary>Agrees on the protocol version.</summary>
    Hello,

    /// <summary>Lists the commands.</summary>
    Command,

    /// <summary>About this connection.</summary>
    Client,

    /// <summary>There is nothing to configure.</summary>
    Config,

    /// <summary>About this replica.</summary>
    Info,

    /// <summary>Backs this replica up.</summary>
    Save,

    /// <summary>Ends the connection.</summary>
    Quit,

    /// <summary>A value.</summary>
    Get,

    /// <summary>Sets a value.</summary>
    Set,

    /// <summary>Removes keys.</summary>
    Del,

    /// <summary>How many of the keys exist.</summary>
    Exists,

    /// <summary>Adds 1.</summary>
    Incr,

    /// <summary>Adds a number.</summary>
    IncrBy,

    /// <summary>Subtracts 1.</summary>
    Decr,

    /// <summary>Appends to a value.</summary>
    Append,

    /// <summary>A value's length in bytes.</summary>
    StrLen,

    /// <summary>Several values of one moment.</summary>
    MGet,

    /// <summary>Sets several values at once.</summary>
    MSet,

    /// <summary>How many keys there are.</summary>
    DbSize,
}
