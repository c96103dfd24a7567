namespace RaftEngine.Protocol;

/// <summary>What a log entry carries. The value is the byte on disk and on the wire; zero is no kind, so that zeroed space never reads as an
/// entry.</summary>
public enum EntryKind : byte
{
    /// <summary>Not an entry.</summary>
    None = 0,

    /// <summary>A command of the user's state machine.</summary>
    Command = 1,

    /// <summary>The empty entry that a new leader appends so that it may commit what came before it (Raft §8).</summary>
    NoOp = 2,

    /// <summary>A cluster configuration (Raft §6); its payload is drawn above <c>ConfigurationFormat</c>. It holds from the moment it is in the log,
    /// committed or not.</summary>
    Configuration = 3,

    /// <summary>What a client session does (thesis §6.3); its payload is drawn above <c>SessionFormat</c>.</summary>
    Session = 4,

    /// <summary>Asks for the fingerprints of the replicas' states, or carries the leader's; its payload is drawn above <c>FingerprintFormat</c>.</summary>
    Fingerprint = 5,

    /// <summary>Kinds from here on must be understood: a node that does not know one stops before it. Unknown kinds below are in the log,
    /// and change nothing.</summary>
    FirstRequired = 128,
}
