namespace RaftEngine.Samples.Kv.Server;

/// <summary>How a command is carried out.</summary>
internal enum CommandClass
{
    /// <summary>On this replica and connection alone, whether it leads or not.</summary>
    Local,

    /// <summary>On the leader's state machine, behind a read barrier.</summary>
    Read,

    /// <summary>Through the log.</summary>
    Write,
}
