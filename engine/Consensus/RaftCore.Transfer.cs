using System;
using System.Collections.Generic;
using RaftEngine.Protocol;

namespace RaftEngine.Consensus;

/// <summary>Transfer of leadership (thesis §3.10).</summary>
internal sealed partial class RaftCore
{
    private TimeSpan _transferDeadline;
    private TimeSpan _timeoutNowDue;
    private bool _isTargetChosen; // by this leader: if it is lost, another will do

    // A TimeoutNow of this term is on its way, or was. However late it arrives, the election that it starts reaches voters that hear from this
    // leader: there is no lease any more.
    private bool _timeoutNowSent;

    /// <summary>The node that leadership is being handed to; 0: none.</summary>
    public ulong TransferTarget { get; private set; }

    /// <summary>True if this node ceased to lead while it was handing over: its successor most likely has all that it had appended.</summary>
    public bool HasHandedOver { get; private set; }

    /// <summary>
    /// Hands over leadership: proposals stop, the target is brought up to date, and stands for election. If this node still leads after an election
    /// timeout, or the connection to a target that it chose itself breaks, the transfer is off, and all is as before, except that this leader gives no
    /// more leases if the target was already told to stand.
    /// </summary>
    /// <param name="target">The voter to lead; 0: of those that were heard from within an election timeout, the one whose log is the furthest.</param>
    /// <returns>Whether it is under way, or why not.</returns>
    public TransferResult TransferLeadership(ulong target)
    {
        FollowConfiguration();
        if (Role != Role.Leader)
        {
            return TransferResult.NotLeader;
        }

        if (TransferTarget != 0)
        {
            return TransferResult.TransferInProgress;
        }

        bool isChosen = target == 0;
        target = isChosen ? FurthestVoter() : target;
        if (target == 0)
        {
            return TransferResult.NotReachable;
        }

        if (!_configuration.Voters.Contains(target))
        {
            return TransferResult.NotVoter;
        }

        if (target == _nodeId)
        {
            return TransferResult.AlreadyLeader;
        }

        if (!IsReachable(_progress[PositionOf(target)]))
        {
            return TransferResult.NotReachable;
        }

        TransferTarget = target;
        _isTargetChosen = isChosen;
        _transferDeadline = _now + ElectionTimeout;
        _timeoutNowDue = _now;
        return TransferResult.Accepted;
    }

    // Thesis §3.10: if the target does not take over within an election timeout, or is gone, the leader goes on as if nothing had been.
    private void TickTransfer()
    {
        if (TransferTarget == 0)
        {
            return;
        }

        bool isGone = PositionOf(TransferTarget) is not (int position and >= 0) || (_isTargetChosen && _progress[position].IsLost);
        if (isGone || _now >= _transferDeadline)
        {
            TransferTarget = 0;
        }
    }

    // Once the target has all that this log has, which does not grow any more; repeated while nothing comes of it, for the message may be lost.
    private void CollectTransfer(List<Message> outbox)
    {
        if (TransferTarget == 0 || _now < _timeoutNowDue || PositionOf(TransferTarget) is not (int position and >= 0))
        {
            return;
        }

        if (_progress[position].Match == _log.LastIndex)
        {
            SendTimeoutNow(_progress[position], outbox);
        }
    }

    // Thesis §4.2.2: the leader that is no voter any more has done what it stayed for. Its last words tell that the configuration is committed, and
    // who is to stand for election.
    private void StepDown(List<Message> outbox)
    {
        if (PositionOf(FurthestVoter()) is int position and >= 0)
        {
            SendTimeoutNow(_progress[position], outbox);
        }

        BecomeFollower(_term, leaderId: 0);
    }

    private void SendTimeoutNow(Progress target, List<Message> outbox)
    {
        outbox.Add(MessageTo(target, MessageKind.TimeoutNow));
        _timeoutNowDue = _now + _options.HeartbeatInterval;
        _timeoutNowSent = true;
    }

    private ulong FurthestVoter()
    {
        Progress? furthest = null;
        foreach (ulong voter in _configuration.Voters)
        {
            Progress peer = _progress[PositionOf(voter)];
            bool isBetter = furthest is null || (peer.IsLogFull == furthest.IsLogFull ? peer.Match > furthest.Match : furthest.IsLogFull);
            if (voter != _nodeId && IsReachable(peer) && !peer.IsLost && isBetter)
            {
                furthest = peer;
            }
        }

        return furthest?.NodeId ?? 0;
    }

    // A node that does not answer cannot take over, and meanwhile no command is taken.
    private bool IsReachable(Progress peer) => peer.HasAnswered && !peer.IsSuperseded && _now - peer.HeardAt < ElectionTimeout;

    // Thesis §3.10: the target stands for election at once, without asking first whether it would win.
    private LogOrder HandleTimeoutNow(in Message message) =>
        Role == Role.Follower && LeaderId == message.From && CanCampaign && CanLead ? StartElection(isTransfer: true) : default;
}
