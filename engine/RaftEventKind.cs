namespace RaftEngine;

/// <summary>What has happened to a node.</summary>
public enum RaftEventKind
{
    /// <summary>The role or the term has changed.</summary>
    RoleChanged = 0,

    /// <summary>The known leader has changed; 0 if none is known.</summary>
    LeaderChanged = 1,

    /// <summary>The members, or their roles, have changed in the log; the change may not be committed yet.</summary>
    MembersChanged = 2,

    /// <summary>A snapshot was taken, or one of the leader's was installed.</summary>
    SnapshotChanged = 3,

    /// <summary>The log is full: no command is appended until there is room.</summary>
    LogFull = 4,

    /// <summary>The log has room again.</summary>
    LogHasRoom = 5,

    /// <summary>This node gave leadership up because its disk stood still.</summary>
    DiskStalled = 6,

    /// <summary>After a loss of unsynced entries, the tail of the log is no longer in doubt: a leader has filled it again.</summary>
    TailRecovered = 7,

    /// <summary>Another directory has taken this node's place in the cluster.</summary>
    Superseded = 8,

    /// <summary>The node has stopped; <see cref="RaftStatus.Failure"/> is the cause if a failure stopped it. No event follows.</summary>
    Stopped = 9,
}
