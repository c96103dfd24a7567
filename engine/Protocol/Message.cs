namespace RaftEngine.Protocol;

/// <summary>
/// One protocol message, without the bytes of the entries it carries: those follow it as the message's body, exactly as they stand in the log.
/// Plain data: which fields have a meaning depends on <see cref="Kind"/>, as each field says.
/// </summary>
/// <remarks>The entries of one <see cref="MessageKind.AppendRequest"/> all have the same term, so that a run of them is described by its
/// last index and that term; a log range that crosses a term takes two messages.</remarks>
public record struct Message
{
    /// <summary>What the message is.</summary>
    public MessageKind Kind { get; set; }

    /// <summary>True if the answer is no: a vote not granted, entries that did not match.</summary>
    public bool Rejected { get; set; }

    /// <summary>Vote request: the leader itself has asked for this election, so that voters that hear from it take part (thesis §3.10).</summary>
    public bool IsTransfer { get; set; }

    /// <summary>The sender's node id.</summary>
    public ulong From { get; set; }

    /// <summary>The receiver's node id.</summary>
    public ulong To { get; set; }

    /// <summary>Propose request: what kind of entry the body is to become.</summary>
    public EntryKind EntryKind { get; set; }

    /// <summary>Propose response: why the commands were not appended. Heartbeat response: <see cref="ProposalRefusal.LogFull"/> if the sender's log has no room for commands;
    /// otherwise <see cref="ProposalRefusal.None"/>, as nodes of earlier versions say without knowing.</summary>
    public ProposalRefusal Refusal { get; set; }

    /// <summary>The sender's term; in a pre-vote request and a granted pre-vote response, the term the candidate would start; in a propose request and response, that of the
    /// leader which was asked, and of the entries.</summary>
    public long Term { get; set; }

    /// <summary>
    /// (Pre-)vote request: the candidate's last index. Append request: the index before the first entry carried. Append response: the last index that
    /// is durable and matches the leader's log; or, rejected, the request's <see cref="Index"/>. Heartbeat request and read index response: the index
    /// to be applied before a read that the leader were asked for now. Install snapshot: the last index that the snapshot stands for.
    /// Propose response: the index of the first command; 0 if it was refused.
    /// </summary>
    public long Index { get; set; }

    /// <summary>(Pre-)vote request, append request, install snapshot: the term of the entry at <see cref="Index"/>.</summary>
    public long IndexTerm { get; set; }

    /// <summary>Append request: the index of the last entry carried; equal to <see cref="Index"/> if there is none. Propose response: <see cref="Index"/>, and one for each
    /// further command that is answered. Heartbeat request: the highest index that the receiver has acknowledged to the leader.</summary>
    public long LastIndex { get; set; }

    /// <summary>Append request: the term of every entry carried; 0 if there is none.</summary>
    public long EntryTerm { get; set; }

    /// <summary>Append and heartbeat request: the highest index that the receiver may take for committed.</summary>
    public long Commit { get; set; }

    /// <summary>Rejected append response: the highest index at which the follower's log may still match (etcd's hint). (Pre-)vote request: the index of the
    /// configuration by which the candidate counts; 0 for the one that the cluster began with.</summary>
    public long HintIndex { get; set; }

    /// <summary>Rejected append response: the term of the follower's entry at <see cref="HintIndex"/>.</summary>
    public long HintTerm { get; set; }

    /// <summary>Heartbeat request and response: the read round that an answer confirms; 0 is none. Read index request and response: the
    /// follower's number for the read. Propose request and response: the sender's number for the command, or for the first one answered; of a repeated one,
    /// the highest that the leader has taken.</summary>
    public ulong ReadRound { get; set; }

    /// <summary>Append request and install snapshot: the log's chain value at <see cref="Index"/>, which the entries that follow continue.</summary>
    public ulong PreviousChain { get; set; }

    /// <summary>Heartbeat and append request: when it was sent, in ticks of 100 ns on the leader's own clock. Heartbeat response: that of the request.
    /// Append response: that of a request whose entries it acknowledges; 0 if it measures none. Propose request: when it was sent, on its sender's clock.</summary>
    public long SentAt { get; set; }

    /// <summary>Append response: how long its sender held the request that <see cref="SentAt"/> is of, in its queues and until it was durable. Heartbeat request: the
    /// leader's election timeout. In ticks of 100 ns.</summary>
    public long Duration { get; set; }

    /// <summary>
    /// The incarnation of the follower: what a leader or candidate takes the receiver for, in what it sends; the sender's own, in what is answered to
    /// it, and in a read index or propose request. 0: not known.
    /// </summary>
    public ulong Incarnation { get; set; }

    /// <summary>
    /// A random number that each start of a node draws. Read index and propose request: the sender's run; read index and propose
    /// response: that of the request. Append and heartbeat response: the sender's run, if a loss of power may take what it acknowledges;
    /// heartbeat request: the run of the receiver that the leader goes by. (Pre-)vote response: the voter's run, if the end of its log is in
    /// doubt. Otherwise 0.
    /// </summary>
    public ulong Run { get; set; }
}
