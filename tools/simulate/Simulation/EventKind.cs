namespace RaftEngine.Simulate.Simulation;

/// <summary>What can happen that is no fault: a campaign in which some of it never did has proved nothing about it.</summary>
internal enum EventKind
{
    /// <summary>A node came to lead.</summary>
    Election,

    /// <summary>A suffix of a log was taken back.</summary>
    Truncation,

    /// <summary>A node gave up a prefix of its log.</summary>
    Compaction,

    /// <summary>A node wrote a snapshot.</summary>
    SnapshotTaken,

    /// <summary>A node's log gave way to a snapshot of its leader's.</summary>
    SnapshotInstalled,

    /// <summary>A node came up again.</summary>
    Restart,

    /// <summary>A leader began a change of the configuration.</summary>
    MembershipChange,

    /// <summary>A change of the configuration that a caller waited for was refused, or ended unknown.</summary>
    MembershipConflict,

    /// <summary>A configuration with two sets of voters was committed.</summary>
    JointConfiguration,

    /// <summary>A learner became a voter.</summary>
    Promotion,

    /// <summary>A node that had lost its files was a voter again.</summary>
    Rejoin,

    /// <summary>Nodes that had begun with different voters refused each other: so many messages.</summary>
    Refusal,

    /// <summary>A leader began to hand over.</summary>
    Transfer,

    /// <summary>A leader began to hand over because its disk stood still.</summary>
    StallHandover,

    /// <summary>A command was acknowledged.</summary>
    Write,

    /// <summary>A command was acknowledged by a node that had sent it to the leader.</summary>
    ForwardedWrite,

    /// <summary>A read at the leader, confirmed by a majority.</summary>
    LeaderRead,

    /// <summary>A read at another node, by way of the leader.</summary>
    FollowerRead,

    /// <summary>A read under a lease.</summary>
    LeaseRead,

    /// <summary>A client asked again.</summary>
    Retry,

    /// <summary>A client opened a session.</summary>
    SessionOpened,

    /// <summary>A client sent a command of a session again, or twice.</summary>
    SessionRetry,

    /// <summary>A command of a session that had been applied came again, and got the first result.</summary>
    SessionRepeat,

    /// <summary>A client's session was not known any more.</summary>
    SessionExpired,

    /// <summary>A client does not know what became of its command.</summary>
    UnknownOutcome,

    /// <summary>A node refused to start on a damaged disk.</summary>
    DamageRefused,

    /// <summary>A node whose files had been put back learned that it lacks what it had acknowledged, and stopped.</summary>
    RolledBackStop,

    /// <summary>A node that might have lacked what it had acknowledged was brought up to date.</summary>
    DoubtEnded,
}
