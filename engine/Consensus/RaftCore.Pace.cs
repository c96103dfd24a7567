using System;
using RaftEngine.Protocol;

namespace RaftEngine.Consensus;

/// <summary>
/// What is steered by measurement: the election timeout, by how long a broadcast takes (Raft §5.6: the one is to be well above the other), and who leads,
/// by whose disk stands still. How much is on its way to a peer is <see cref="PeerPace"/>'s.
/// </summary>
/// <remarks>
/// The leader measures broadcasts and tells its election timeout in heartbeats; a follower's own is no shorter, and no shorter than the heartbeats'
/// arrival asks for. It is raised at once and lowered slowly. Leases never rest on it but on the shortest one there can be, so that it may differ
/// from node to node.
/// </remarks>
internal sealed partial class RaftCore
{
    /// <summary>An election timeout is so many broadcasts at least: the 99th percentile of them. Ten doubled the time in which a lost leader was noticed at long round trips, and
    /// saved no false election.</summary>
    private const int BroadcastsInTimeout = 5;

    /// <summary>An election timeout is so many heartbeats at least.</summary>
    private const int HeartbeatsInTimeout = 3;

    /// <summary>By how much of the difference a timeout that is too long is shortened with each heartbeat.</summary>
    private const int LoweringSteps = 32;

    // A leader's: how long broadcasts took, and the one that is measured just now: from when its last entry was first sent, or 0.
    private readonly RecentTimes _broadcasts = new();
    private long _measuredBroadcast;
    private TimeSpan _measuredBroadcastFrom;
    private TimeSpan _answeredRound;
    private bool _hasQuorumAnswered;
    private bool _isTimeoutTooShort;

    // A leader's: since when its disk has not got further, though others have.
    private long _durableBefore;
    private TimeSpan _durableSince;

    // A follower's: how heartbeats arrive; and the append whose way is measured just now, or 0.
    private SmoothedTime _heartbeatIntervals;
    private TimeSpan _heartbeatHeardAt = TimeSpan.MinValue;
    private long _measuredAppend;
    private long _measuredAppendSentAt;
    private TimeSpan _measuredAppendFrom;

    /// <summary>The election timeout in force: each wait is drawn from one to two times this.</summary>
    public TimeSpan ElectionTimeout { get; private set; }

    /// <summary>How long 99 of 100 broadcasts of this leader took at the most, from the first message to the commit: the network, and the syncs of a majority. Of late, as of the
    /// last heartbeat; zero if this node has never led.</summary>
    public TimeSpan BroadcastTime { get; private set; }

    /// <summary>True if this leader's broadcasts take so long that even the longest election timeout permitted is too short for them.</summary>
    public bool IsElectionTimeoutTooShort => Role == Role.Leader && _isTimeoutTooShort;

    /// <summary>How often this node has handed over leadership because its disk stood still.</summary>
    public long StallHandovers { get; private set; }

    private TimeSpan LongestElectionTimeout =>
        _options.MaxElectionTimeout > _options.ElectionTimeout ? _options.MaxElectionTimeout : _options.ElectionTimeout;

    private void BeginMeasuring()
    {
        _measuredBroadcast = 0;
        _answeredRound = _now;
        _durableSince = _now;
    }

    // Once a heartbeat interval.
    private void SteerFromLeader()
    {
        BroadcastTime = _broadcasts.Percentile99();
        TimeSpan least = BroadcastTime * BroadcastsInTimeout;
        _isTimeoutTooShort = _isTimeoutTooShort ? least > LongestElectionTimeout * 0.8 : least > LongestElectionTimeout;
        Steer(least, mayLower: _hasQuorumAnswered);
        _hasQuorumAnswered = false;
    }

    // With each heartbeat that a follower hears. A leader that is silent for longer than anyone waits for it was cut off, or this node was paused: that says nothing about how
    // heartbeats arrive.
    private void SteerFromFollower(in Message heartbeat)
    {
        if (LeaderId == heartbeat.From && _heartbeatHeardAt != TimeSpan.MinValue && _now - _heartbeatHeardAt < 2 * ElectionTimeout)
        {
            _heartbeatIntervals.Add(_now - _heartbeatHeardAt);
        }

        _heartbeatHeardAt = _now;
        TimeSpan asArriving = _heartbeatIntervals.Mean + (4 * _heartbeatIntervals.Deviation);
        TimeSpan told = new(heartbeat.Duration);
        Steer(told > asArriving ? told : asArriving, mayLower: true);
    }

    // A vote arrived after its election was given up. If the next election were given up as soon, no leader could ever
    // be elected and nothing could be measured.
    private void SteerFromLateVote(in Message vote)
    {
        if (Role == Role.PreCandidate && !vote.Rejected && _vote == _nodeId)
        {
            Steer(BroadcastsInTimeout * (_now - _electionStartedAt), mayLower: false);
        }
    }

    private void Steer(TimeSpan least, bool mayLower)
    {
        TimeSpan heartbeats = HeartbeatsInTimeout * _options.HeartbeatInterval;
        least = least > heartbeats ? least : heartbeats;
        least = least > _options.ElectionTimeout ? least : _options.ElectionTimeout;
        least = least < LongestElectionTimeout ? least : LongestElectionTimeout;
        if (least > ElectionTimeout)
        {
            ElectionTimeout = least;
        }
        else if (mayLower)
        {
            ElectionTimeout -= (ElectionTimeout - least) / LoweringSteps;
        }
    }

    // One at a time: the entries that this batch sends first.
    private void MeasureBroadcast()
    {
        if (_measuredBroadcast == 0 && _log.LastIndex > CommitIndex)
        {
            _measuredBroadcast = _log.LastIndex;
            _measuredBroadcastFrom = _now;
        }
    }

    private void MeasureCommit()
    {
        if (_measuredBroadcast != 0 && CommitIndex >= _measuredBroadcast)
        {
            _broadcasts.Add(_now - _measuredBroadcastFrom);
            _measuredBroadcast = 0;
        }
    }

    // A majority's answers to heartbeats tell of the network while there is nothing to commit.
    private void MeasureRound()
    {
        TimeSpan answered = AnsweredFrom();
        if (answered > _answeredRound)
        {
            _answeredRound = answered;
            _hasQuorumAnswered = true;
            _broadcasts.Add(_now - answered);
        }
    }

    private void MeasureAppend(in Message message)
    {
        if (_measuredAppend == 0)
        {
            _measuredAppend = message.LastIndex;
            _measuredAppendSentAt = message.SentAt;
            _measuredAppendFrom = _now;
        }
    }

    private Message WithMeasurement(Message acknowledgment)
    {
        if (_measuredAppend == 0 || acknowledgment.Index < _measuredAppend)
        {
            return acknowledgment;
        }

        _measuredAppend = 0;
        return acknowledgment with { SentAt = _measuredAppendSentAt, Duration = (_now - _measuredAppendFrom).Ticks };
    }

    // A leader whose disk stands still commits by the others' disks alone: one more that fails, and nothing is committed any more. The others do better without it.
    private void TickStall()
    {
        if (_log.DurableIndex != _durableBefore || _log.DurableIndex >= CommitIndex)
        {
            _durableBefore = _log.DurableIndex;
            _durableSince = _now;
        }
        else if (_now - _durableSince >= ElectionTimeout)
        {
            _durableSince = _now;
            StallHandovers += TransferLeadership(target: 0) == TransferResult.Accepted ? 1 : 0;
        }
    }
}
