namespace RaftEngine.Protocol;

/// <summary>The messages of the protocol. The value is the byte on the wire.</summary>
public enum MessageKind : byte
{
    /// <summary>Not a message on the wire. Within a node: a part of a message has arrived, and the rest of it is under way.</summary>
    None = 0,

    /// <summary>Would you vote for me? Changes nothing at the receiver (thesis §9.6).</summary>
    PreVoteRequest = 1,

    /// <summary>The answer to <see cref="PreVoteRequest"/>.</summary>
    PreVoteResponse = 2,

    /// <summary>RequestVote (Raft §5.2).</summary>
    VoteRequest = 3,

    /// <summary>The answer to <see cref="VoteRequest"/>.</summary>
    VoteResponse = 4,

    /// <summary>AppendEntries (Raft §5.3), with or without entries.</summary>
    AppendRequest = 5,

    /// <summary>The answer to <see cref="AppendRequest"/>; sent once the entries are durable.</summary>
    AppendResponse = 6,

    /// <summary>The leader is alive; carries its commit index and the round of a read index (Raft §8).</summary>
    HeartbeatRequest = 7,

    /// <summary>The answer to <see cref="HeartbeatRequest"/>; echoes the read round.</summary>
    HeartbeatResponse = 8,

    /// <summary>To a follower that has the leader's whole log: stand for election now (thesis §3.10).</summary>
    TimeoutNow = 9,

    /// <summary>From a follower: at which index may I read (thesis §6.4)?</summary>
    ReadIndexRequest = 10,

    /// <summary>The leader's answer to <see cref="ReadIndexRequest"/>, after a majority has confirmed that it leads.</summary>
    ReadIndexResponse = 11,

    /// <summary>
    /// InstallSnapshot (Raft §7). Its header says what the snapshot stands for; how its bytes travel is not the protocol's concern.
    /// </summary>
    InstallSnapshot = 12,

    /// <summary>A piece of a snapshot file, for a follower that needs entries that the leader no longer has (Raft §7).</summary>
    SnapshotPieces = 13,

    /// <summary>The answer to <see cref="SnapshotPieces"/>: where to go on.</summary>
    SnapshotResponse = 14,

    /// <summary>A command that another node was given, for the leader to append; the body is the command.</summary>
    ProposeRequest = 15,

    /// <summary>The answer to one or more <see cref="ProposeRequest"/> in a row: where their commands were appended, or why they were not. It is sent before the entries.</summary>
    ProposeResponse = 16,
}
