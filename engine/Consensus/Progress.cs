using System;
using RaftEngine.Protocol;

namespace RaftEngine.Consensus;

/// <summary>
/// What a leader knows of one member (Raft Figure 2, volatile state on leaders): how far its log agrees, what to send next, when it last answered. Only
/// <see cref="RaftCore"/> changes it. Invariant: <see cref="Match"/> &lt; <see cref="Next"/>, and within a term <see cref="Match"/> never decreases, but
/// to 0 when another run of the member, or another data directory, takes its place.
/// </summary>
internal sealed class Progress(ulong nodeId, int maxInflightMessages, int maxInflightBytes)
{
    private PeerPace _pace;
    private long _addedIndex; // of the configuration with which this leader has added it; 0: it was a member before
    private TimeSpan _addedAt;

    /// <summary>The member.</summary>
    public ulong NodeId { get; } = nodeId;

    /// <summary>Its incarnation: the configuration's, or, while that has none, the first that this leader has heard of; 0: not known.</summary>
    public ulong Incarnation { get; set; }

    /// <summary>Another node answers under its id: a wiped or a cloned one. Until it is removed and added again, nothing that it says counts.</summary>
    public bool IsSuperseded { get; private set; }

    /// <summary>The run of the member whose acknowledgments count; 0: one whose acknowledgments outlast it, or none has answered yet.</summary>
    public ulong Run { get; set; }

    /// <summary>The read round that tells whether another run that has answered is a later one; 0: none has.</summary>
    public ulong RunAskedIn { get; private set; }

    /// <summary>How it is replicated to.</summary>
    public ProgressState State { get; private set; }

    /// <summary>The highest index known to be on its disk and equal to the leader's log (matchIndex).</summary>
    public long Match { get; private set; }

    /// <summary>The next index to send (nextIndex).</summary>
    public long Next { get; private set; }

    /// <summary>In <see cref="ProgressState.Probe"/>: a message is out, and nothing follows it until there is an answer.</summary>
    public bool IsPaused { get; private set; }

    /// <summary>An append is to be sent at the next occasion even if there is no entry for it.</summary>
    public bool IsAppendDue { get; private set; }

    /// <summary>When it last answered in this term.</summary>
    public TimeSpan HeardAt { get; private set; }

    /// <summary>True if it has answered in this term.</summary>
    public bool HasAnswered { get; private set; }

    /// <summary>True if its connection has broken, and it has not answered since.</summary>
    public bool IsLost { get; private set; }

    /// <summary>True if its log has no room for commands, as it said last; false if that is not known.</summary>
    public bool IsLogFull { get; set; }

    /// <summary>When an append was last sent to it.</summary>
    public TimeSpan AppendSentAt { get; private set; }

    /// <summary>The highest read round that it has acknowledged in this term.</summary>
    public ulong ReadRound { get; set; }

    /// <summary>When the latest heartbeat that it has answered in this term was sent, on the leader's clock: since then it has not helped to elect
    /// another leader.</summary>
    public TimeSpan LeaseFrom { get; set; }

    /// <summary>How a learner that is to be promoted catches up.</summary>
    public CatchUp CatchUp { get; set; }

    /// <summary>In <see cref="ProgressState.Snapshot"/>: the snapshot is still to be asked for.</summary>
    public bool IsSnapshotDue { get; private set; }

    /// <summary>How fast it takes entries.</summary>
    public ref readonly PeerPace Pace => ref _pace;

    /// <summary>The messages with entries on their way to it.</summary>
    public Inflights Inflights { get; } = new(maxInflightMessages, maxInflightBytes);

    /// <summary>A new leader knows nothing of its peers: it probes from the end of its own log, and gives each the time of an election timeout to
    /// answer.</summary>
    /// <param name="next">One more than the leader's last index (Figure 2).</param>
    /// <param name="now">The time.</param>
    public void Reset(long next, TimeSpan now)
    {
        Match = 0;
        ReadRound = 0;
        LeaseFrom = TimeSpan.MinValue;
        HeardAt = now;
        AppendSentAt = now;
        HasAnswered = false;
        IsLost = false;
        IsLogFull = false;
        IsSuperseded = false;
        Run = 0;
        RunAskedIn = 0;
        CatchUp = CatchUp.Start(next - 1, now);
        BecomeProbe(next);
        IsAppendDue = false;
        _addedIndex = 0;
    }

    /// <summary>The leader has just added it.</summary>
    /// <param name="index">The index of the configuration.</param>
    /// <param name="now">The time.</param>
    public void Added(long index, TimeSpan now)
    {
        _addedIndex = index;
        _addedAt = now;
    }

    /// <summary>True if a message answers what was sent to it since it was added.</summary>
    /// <param name="message">The message, of the leader's term.</param>
    /// <returns>False if it may be older.</returns>
    public bool IsSinceAdded(in Message message) => _addedIndex == 0 || message.Kind switch
    {
        MessageKind.AppendResponse when message.Rejected => false,
        MessageKind.AppendResponse when message.Index >= _addedIndex => true,
        MessageKind.AppendResponse or MessageKind.HeartbeatResponse => message.SentAt > 0 && message.SentAt >= _addedAt.Ticks,
        _ => false,
    };

    /// <summary>
    /// Another node answers under its id, or the member itself is back. Either way, what was acknowledged before is no longer known to be on any disk.
    /// </summary>
    /// <param name="isSuperseded">True if it is another node.</param>
    /// <param name="next">Where to probe from if it is the member.</param>
    public void Supersede(bool isSuperseded, long next)
    {
        IsSuperseded = isSuperseded;
        Run = 0;
        RunAskedIn = 0;
        Match = 0;
        ReadRound = 0;
        LeaseFrom = TimeSpan.MinValue;
        CatchUp = default;
        BecomeProbe(next);
    }

    /// <summary>It has answered.</summary>
    /// <param name="now">The time.</param>
    public void Heard(TimeSpan now)
    {
        HeardAt = now;
        HasAnswered = true;
        IsLost = false;
    }

    /// <summary>Its connection broke.</summary>
    public void Lost() => IsLost = true;

    /// <summary>A read round is asked for, to tell which of two runs is the later one.</summary>
    /// <param name="round">The round.</param>
    public void AskForRun(ulong round) => RunAskedIn = round;

    /// <summary>A later run of the member has begun, and may lack what earlier ones acknowledged: probe at once how far its log goes.</summary>
    /// <param name="run">The run.</param>
    /// <param name="next">Where to probe from.</param>
    /// <param name="now">The time.</param>
    public void BeginRun(ulong run, long next, TimeSpan now)
    {
        Run = run;
        RunAskedIn = 0;
        Match = 0;
        CatchUp = CatchUp.Start(next - 1, now);
        BecomeProbe(next);
        RequestAppend();
    }

    /// <summary>Where the log agrees is in doubt: send one message from here and wait.</summary>
    /// <param name="next">The next index to send; never at or below <see cref="Match"/>.</param>
    public void BecomeProbe(long next)
    {
        State = ProgressState.Probe;
        Next = Math.Max(next, Match + 1);
        IsPaused = false;
        IsSnapshotDue = false;
        Inflights.Clear();
    }

    /// <summary>Its log agrees up to <see cref="Match"/>: stream from there.</summary>
    public void BecomeReplicate()
    {
        State = ProgressState.Replicate;
        Next = Match + 1;
        IsPaused = false;
        IsSnapshotDue = false;
        Inflights.Clear();
    }

    /// <summary>What it needs is compacted: it needs a snapshot (Raft §7).</summary>
    public void BecomeSnapshot()
    {
        State = ProgressState.Snapshot;
        IsPaused = true;
        IsSnapshotDue = true;
        Inflights.Clear();
    }

    /// <summary>The snapshot has been asked for.</summary>
    public void SnapshotRequested() => IsSnapshotDue = false;

    /// <summary>The snapshot did not get through: all else waits until it is heard from again, so that a peer that cannot take one is not flooded
    /// with them.</summary>
    public void SnapshotFailed()
    {
        BecomeProbe(Match + 1);
        IsPaused = true;
    }

    /// <summary>It has everything up to an index on its disk. An acknowledgment that was overtaken by a later one changes nothing.</summary>
    /// <param name="index">The acknowledged index.</param>
    /// <param name="now">The time.</param>
    /// <returns>True if that is more than was known.</returns>
    public bool Acknowledge(long index, TimeSpan now)
    {
        bool advanced = index > Match;
        if (advanced)
        {
            Match = index;
            Next = Math.Max(Next, index + 1);
            if (Inflights.FreeTo(index, out InflightMessage newest))
            {
                _pace.Delivered(Inflights.FreedBytes - newest.FreedBytes, now - newest.SentAt, now);
            }
        }

        if (State == ProgressState.Probe && index == Match)
        {
            BecomeReplicate();
        }

        return advanced;
    }

    /// <summary>An acknowledgment says how long one message took.</summary>
    /// <param name="sentAt">When that was sent.</param>
    /// <param name="held">How long the peer held it; what is longer than the whole is not believed.</param>
    /// <param name="now">The time.</param>
    /// <param name="steersWindow">Whether the window follows.</param>
    public void Measured(TimeSpan sentAt, TimeSpan held, TimeSpan now, bool steersWindow)
    {
        if (sentAt > now || held < TimeSpan.Zero || held > now - sentAt)
        {
            return;
        }

        _pace.Measured(now - sentAt, held, now);
        if (steersWindow)
        {
            Inflights.Limit(_pace.WindowMessages, _pace.WindowBytes);
        }
    }

    /// <summary>
    /// It has refused an append. Only the refusal of what is actually in doubt counts: an answer that was overtaken must not set the progress back.
    /// </summary>
    /// <param name="refusedIndex">The index before the first entry of the append refused.</param>
    /// <returns>True if the refusal is news, and a new place to probe from is to be chosen.</returns>
    public bool IsNewRefusal(long refusedIndex) =>
        refusedIndex > Match && State switch
        {
            ProgressState.Replicate => refusedIndex < Next,
            ProgressState.Probe => refusedIndex == Next - 1,
            _ => false,
        };

    /// <summary>It is alive but behind: send an append, so that it can tell if one was lost.</summary>
    public void RequestAppend()
    {
        IsPaused = false;
        IsAppendDue = true;
    }

    /// <summary>Records an append that is being sent.</summary>
    /// <param name="lastIndex">The last index in it; less than <see cref="Next"/> if it carries no entry.</param>
    /// <param name="sizeInBytes">Its entries, in bytes.</param>
    /// <param name="now">The time.</param>
    public void Sent(long lastIndex, int sizeInBytes, TimeSpan now)
    {
        IsAppendDue = false;
        AppendSentAt = now;
        if (State == ProgressState.Probe)
        {
            IsPaused = true;
        }
        else if (lastIndex >= Next)
        {
            Inflights.Add(lastIndex, sizeInBytes, now);
            Next = lastIndex + 1;
        }
    }
}
