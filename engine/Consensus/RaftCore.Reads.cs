using System;
using System.Collections.Generic;
using RaftEngine.Protocol;

namespace RaftEngine.Consensus;

/// <summary>Linearizable reads without writing to the log: read index on the leader (Raft §8, thesis §6.4), and on any other node by way of the
/// leader.</summary>
internal sealed partial class RaftCore
{
    /// <summary>How many reads of other nodes may wait for their round at once; each node has one or two, however many of its callers wait.</summary>
    private const int MaxForwardedReads = 4 * Protocol.Configuration.MaxMembers;

    // Rounds are numbered through for this core's whole life: an answer to one, however late or repeated, can never confirm another.
    private ulong _readRound;
    private bool _readRequested;
    private readonly List<ForwardedRead> _forwardedReads = new(MaxForwardedReads);

    // A follower's own numbers start at a random one. An answer that is meant for an earlier run of this node is told by the run that it names.
    private ulong _forwardNumber;
    private bool _forwardRequested;
    private bool _forwardRepeated;
    private TimeSpan _forwardSentAt;

    /// <summary>
    /// The highest round acknowledged by a majority, this node included: while it was under way, this node was still the leader. The reads of that round
    /// may be served once their read
    /// index is applied.
    /// </summary>
    public ulong ConfirmedReadRound { get; private set; }

    /// <summary>The highest number of <see cref="TryForwardRead"/> that the leader has answered: reads up to it may be served once <see
    /// cref="AnsweredReadIndex"/> is applied.</summary>
    public ulong AnsweredReadNumber { get; private set; }

    /// <summary>The index that answers <see cref="AnsweredReadNumber"/>, and all numbers before it.</summary>
    public long AnsweredReadIndex { get; private set; }

    /// <summary>
    /// Asks for a linearizable read. All reads asked for between two <see cref="Collect"/>s share a round, which the latter starts. A round belongs to
    /// the term in which it was asked for: once
    /// this node has stepped down, its unconfirmed rounds are void, even if it comes to lead again and confirms later ones.
    /// </summary>
    /// <param name="round">The round to await in <see cref="ConfirmedReadRound"/>.</param>
    /// <param name="readIndex">The index to await in the state machine.</param>
    /// <returns>False if this node is not the leader.</returns>
    public bool TryRequestRead(out ulong round, out long readIndex)
    {
        if (Role != Role.Leader)
        {
            round = 0;
            readIndex = 0;
            return false;
        }

        _readRequested = true;
        round = _readRound + 1;

        // §8: a new leader has all committed entries but does not know which they are before its no-op is committed. To wait until that is applied
        // comes to the same.
        readIndex = Math.Max(CommitIndex, _noOpIndex);
        return true;
    }

    /// <summary>
    /// Asks the leader for a linearizable read on this node (thesis §6.4). All reads asked for between two <see cref="Collect"/>s share a number. A
    /// request that is lost is repeated, also to a later leader; its caller gives up when it likes, and when this node comes to lead.
    /// </summary>
    /// <param name="number">The number to await in <see cref="AnsweredReadNumber"/>.</param>
    /// <returns>False if this node leads, or knows of no leader.</returns>
    public bool TryForwardRead(out ulong number)
    {
        bool canForward = Role == Role.Follower && LeaderId != 0;
        _forwardRequested |= canForward;
        number = canForward ? _forwardNumber + 1 : 0;
        return canForward;
    }

    // §8: a read is answered only after a majority has said, since it was asked, that this node is still the leader.
    private void StartReadRound()
    {
        if (_readRequested)
        {
            _readRequested = false;
            _readRound++;
            _heartbeatsDue = true;
            ConfirmReads();
        }
    }

    private void ConfirmReads()
    {
        Span<long> rounds = stackalloc long[_progress.Length];
        for (int i = 0; i < rounds.Length; i++)
        {
            rounds[i] = (long)(i == _countedPosition ? _readRound : _progress[i].ReadRound);
        }

        ConfirmedReadRound = Math.Max(ConfirmedReadRound, (ulong)_electorate.Reached(rounds));
        AnswerForwardedReads();
    }

    // One read of a node stands for all that it asked for before. If there is no room, it asks again.
    private void HandleReadIndexRequest(in Message message)
    {
        if (_forwardedReads.Count < MaxForwardedReads && TryRequestRead(out ulong round, out long readIndex))
        {
            _forwardedReads.Add(new ForwardedRead(message.From, message.Run, message.ReadRound, round, readIndex));
        }
    }

    // Rounds only grow along the list.
    private void AnswerForwardedReads()
    {
        int answered = 0;
        while (answered < _forwardedReads.Count && _forwardedReads[answered].Round <= ConfirmedReadRound)
        {
            ForwardedRead read = _forwardedReads[answered++];
            _pending.Add(AnswerTo(read.NodeId, MessageKind.ReadIndexResponse) with { Index = read.ReadIndex, ReadRound = read.Number, Run = read.Run });
        }

        _forwardedReads.RemoveRange(0, answered);
    }

    private void HandleReadIndexResponse(in Message message)
    {
        if (message.From == LeaderId && message.Run == _options.Run && message.ReadRound > AnsweredReadNumber && message.ReadRound <= _forwardNumber)
        {
            AnsweredReadNumber = message.ReadRound;
            AnsweredReadIndex = message.Index;
        }
    }

    // On a heartbeat: the request, or its answer, may be lost, if it is not just under way.
    private void RepeatForwardedRead() =>
        _forwardRepeated = _forwardNumber > AnsweredReadNumber && _now - _forwardSentAt >= _options.HeartbeatInterval;

    private void CollectForwardedRead(List<Message> outbox)
    {
        if (LeaderId == 0 || !(_forwardRequested || _forwardRepeated))
        {
            return;
        }

        _forwardNumber += _forwardRequested ? 1u : 0;
        _forwardRequested = false;
        _forwardRepeated = false;
        _forwardSentAt = _now;
        outbox.Add(AnswerTo(LeaderId, MessageKind.ReadIndexRequest) with { ReadRound = _forwardNumber, Run = _options.Run });
    }
}
