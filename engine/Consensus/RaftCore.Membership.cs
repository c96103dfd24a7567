using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using RaftEngine.Protocol;

namespace RaftEngine.Consensus;

/// <summary>
/// Membership: joint consensus (Raft §6, thesis §4.3), learners (thesis §4.2.1), removal of the leader (thesis §4.2.2), and who may speak here at all
/// (thesis §4.1, §4.2.3).
/// </summary>
/// <remarks>
/// The configuration in force is the latest in the log, committed or not, at every node (thesis §4.1). The core does not keep it: it looks at the log
/// whenever it is called, so that appending, truncating and replacing the log change it without a word.
/// </remarks>
internal sealed partial class RaftCore
{
    // Of the configuration in force. Everything about a member is found by its position in Configuration.Members; this node's own is -1 if it is none.
    private Configuration _configuration = null!; // set by the constructor, by the first look at the log
    private long _configurationIndex;
    private Electorate _electorate;
    private ulong[] _memberIds = [];
    private Progress[] _progress = [];
    private int _ownPosition = -1;

    // The same, but only where the configuration means this node's directory: -1 while it means another one, or one that is not known yet. Here this
    // node counts itself, and nowhere else.
    private int _countedPosition = -1;

    /// <summary>The configuration in force, as of the last call.</summary>
    public LoggedConfiguration Configuration => new(_configurationIndex, _configuration);

    /// <summary>What the leader knows of each member, by position in the configuration (its own place is not used); of no meaning on other roles.</summary>
    public ReadOnlySpan<Progress> Peers => _progress;

    /// <summary>What the leader knows of one member; null if it is none.</summary>
    /// <param name="nodeId">The member.</param>
    /// <returns>As of <see cref="Peers"/>.</returns>
    public Progress? PeerOf(ulong nodeId) => PositionOf(nodeId) is int position and >= 0 ? _progress[position] : null;

    /// <summary>
    /// True if a leader or candidate has addressed another data directory under this node's id: this one is new, and the member that had the id is to
    /// be removed, and this node added in its place.
    /// </summary>
    public bool IsSuperseded { get; private set; }

    // Thesis §4.2.2: a node that the latest configuration leaves out may still be needed until that is committed, and stands for election; it does not count itself. The one
    // before the latest is the one to ask, whatever this node knows to be committed: there is no later one without it being committed, by somebody.
    private bool CanCampaign => _electorate.IsVoter(_countedPosition)
        || (_configurationIndex > CommitIndex && _ownPosition == _countedPosition && CountedBefore(_configurationIndex));

    // Thesis §4.2.2: a leader that the configuration leaves out manages the cluster until that is committed, and no longer.
    private bool IsStepDownDue => Role == Role.Leader && _configurationIndex <= CommitIndex && !_configuration.IsJoint && !_electorate.IsVoter(_countedPosition);

    // One change at a time (thesis §4.1); and none before an entry of the current term is committed: an earlier
    // leader's change that does not conflict with any change here may still be committed elsewhere, by a majority that
    // has no member in common with this one's (Ongaro's correction of the single-server change; it costs nothing here).
    private bool MayChangeConfiguration => Role == Role.Leader && CommitIndex >= _noOpIndex && _configurationIndex <= CommitIndex && TransferTarget == 0;

    private bool IsConfigurationDue => MayChangeConfiguration && (_configuration.IsJoint || (!IsStepDownDue && HasNewsOfMembers()));

    /// <summary>
    /// Begins a change to another configuration: of the voters, by way of a joint configuration, which the leader leaves by itself; of learners
    /// alone, in one step. A voter that is added should be a learner first, best a promotable one, which becomes a voter by itself once it has caught
    /// up: until then it would hold up commitment.
    /// </summary>
    /// <param name="target">The configuration to come to; not joint. It need not know incarnations.</param>
    /// <param name="entry">What the caller appends to the log at once, as an entry of this term; null if the request was refused.</param>
    /// <returns>Whether it has begun, or why not.</returns>
    /// <exception cref="ArgumentException"><paramref name="target"/> is joint.</exception>
    public ChangeResult ChangeConfiguration(Configuration target, out Configuration? entry)
    {
        FollowConfiguration();
        entry = null;
        if (Role != Role.Leader)
        {
            return ChangeResult.NotLeader;
        }

        if (TransferTarget != 0)
        {
            return ChangeResult.TransferInProgress;
        }

        if (CommitIndex < _noOpIndex)
        {
            return ChangeResult.TermNotCommitted;
        }

        if (_configurationIndex > CommitIndex || _configuration.IsJoint || IsStepDownDue)
        {
            return ChangeResult.ChangeInProgress;
        }

        Configuration? step = _configuration.StepTo(target);
        if (_configuration.Equals(step))
        {
            RestartCatchUps();
            return ChangeResult.Unchanged;
        }

        entry = step;
        return step is null ? ChangeResult.TooManyMembers : ChangeResult.Accepted;
    }

    /// <summary>
    /// What a leader does to the configuration by itself, to be asked once a batch: it leaves a joint configuration that is committed (Raft §6),
    /// makes voters of promotable learners that have caught up (thesis §4.2.1), and writes down the incarnations of members as it learns them.
    /// </summary>
    /// <param name="entry">What the caller appends to the log at once, as an entry of this term.</param>
    /// <returns>True if there is something to append.</returns>
    public bool TryTakeConfiguration([NotNullWhen(true)] out Configuration? entry)
    {
        FollowConfiguration();
        entry = !IsConfigurationDue ? null : _configuration.IsJoint ? WithNewsOfMembers().LeaveJoint() : _configuration.StepTo(WithNewsOfMembers());
        return entry is not null;
    }

    private bool HasNewsOfMembers()
    {
        for (int i = 0; i < _progress.Length; i++)
        {
            if (IsPromotionDue(i, _configuration.Voters.Length) || IncarnationToBe(i) != _configuration.Members[i].Incarnation)
            {
                return true;
            }
        }

        return false;
    }

    private Configuration WithNewsOfMembers()
    {
        Member[] members = new Member[_progress.Length];
        int voters = _configuration.Voters.Length;
        for (int i = 0; i < members.Length; i++)
        {
            bool promoted = IsPromotionDue(i, voters);
            voters += promoted ? 1 : 0;
            members[i] = new Member(_memberIds[i], promoted ? MemberRoles.Voter : _configuration.Members[i].Roles, IncarnationToBe(i));
        }

        return new Configuration(ImmutableCollectionsMarshal.AsImmutableArray(members));
    }

    private bool IsPromotionDue(int position, int voters)
    {
        Progress peer = _progress[position];
        return !_configuration.IsJoint && _configuration.Members[position].IsPromotable && peer.CatchUp.IsDone
            && peer.State == ProgressState.Replicate && voters < Protocol.Configuration.MaxVoters;
    }

    private ulong IncarnationToBe(int position)
    {
        ulong known = _configuration.Members[position].Incarnation;
        return known != 0 ? known : position == _countedPosition ? _options.Incarnation : _progress[position].Incarnation;
    }

    private void RestartCatchUps()
    {
        foreach (Progress peer in _progress)
        {
            if (peer.CatchUp.IsGivenUp)
            {
                peer.CatchUp = CatchUp.Start(_log.LastIndex, _now);
            }
        }
    }

    // Thesis §4.1: the latest configuration in the log holds, from the moment it is there until it is truncated.
    private void FollowConfiguration()
    {
        LoggedConfiguration latest = _log.ConfigurationAt(_log.LastIndex);
        if (latest.Index != _configurationIndex || !ReferenceEquals(latest.Configuration, _configuration))
        {
            Adopt(in latest);
        }
    }

    private void Adopt(in LoggedConfiguration latest)
    {
        Configuration before = _configuration;
        _configuration = latest.Configuration;
        _configurationIndex = latest.Index;
        _electorate = new Electorate(_configuration);
        Progress[] progress = new Progress[_configuration.Members.Length];
        ulong[] ids = new ulong[progress.Length];
        for (int i = 0; i < progress.Length; i++)
        {
            Member member = _configuration.Members[i];
            int position = PositionOf(member.NodeId);
            ids[i] = member.NodeId;
            progress[i] = position >= 0 ? _progress[position] : new Progress(member.NodeId, _options.MaxInflightMessages, _options.MaxInflightBytes);
            if (Role == Role.Leader && position < 0)
            {
                progress[i].Reset(latest.Index, _now); // The configuration itself is the first that it is sent.
                progress[i].Added(latest.Index, _now);
            }
            else if (Role == Role.Leader && member.IsPromotable && !before.Find(member.NodeId).IsPromotable)
            {
                progress[i].CatchUp = CatchUp.Start(_log.LastIndex, _now);
            }

            if (member.Incarnation != 0 || Role != Role.Leader)
            {
                progress[i].Incarnation = member.Incarnation;
            }
        }

        _progress = progress;
        _memberIds = ids;
        _ownPosition = PositionOf(_nodeId);
        _countedPosition = _ownPosition >= 0 && IsThisDirectory(_configuration.Members[_ownPosition]) ? _ownPosition : -1;
        if (Role == Role.Leader)
        {
            AdvanceCommit(); // With fewer voters, what was there already may be enough: for entries, and for rounds of reads.
            ConfirmReads();
        }
    }

    // A member is its data directory. A configuration that a node gets while it catches up may be of a time when another directory had its id, and was
    // a majority by itself; so a node counts itself only where its own incarnation is named. Where none is known yet, a directory that joined, or was
    // recovered, waits for the entry that names it.
    private bool IsThisDirectory(Member member) => member.Is(_options.Incarnation, _options.IsFounder);

    private bool CountedBefore(long configurationIndex) =>
        _log.ConfigurationAt(configurationIndex - 1).Configuration.Find(_nodeId) is { Votes: true } member && IsThisDirectory(member);

    // Thesis §4.1: a node follows a leader and votes for a candidate even if its own configuration does not contain
    // them: its configuration may be out of date. What is answered counts only from members, and only from that data
    // directory which is the member: one that lost its disk has lost what it acknowledged and whom it voted for.
    private bool IsBetweenMembers(in Message message, int sender)
    {
        switch (message.Kind)
        {
            case MessageKind.PreVoteResponse or MessageKind.VoteResponse or MessageKind.AppendResponse or MessageKind.HeartbeatResponse or MessageKind.ReadIndexRequest:
                return sender >= 0 && IsTheMember(_progress[sender], in message);
            case MessageKind.ReadIndexResponse:
                return true;
            default:
                return IsMeant(in message, sender);
        }
    }

    // Of a member that this leader has added, it learns the incarnation only from an answer to what it has sent since: one that is late may be that of
    // another directory, which had the number before. Until then nothing else counts but a refusal, which says no more than where to look.
    private bool IsTheMember(Progress peer, in Message message)
    {
        if (peer.Incarnation == 0 && message.Incarnation != 0 && Role == Role.Leader)
        {
            if (!peer.IsSinceAdded(in message))
            {
                return message is { Kind: MessageKind.AppendResponse, Rejected: true };
            }

            peer.Incarnation = message.Incarnation;
        }

        bool isOther = peer.Incarnation != 0 && peer.Incarnation != message.Incarnation;
        if (isOther != peer.IsSuperseded && Role == Role.Leader)
        {
            peer.Supersede(isOther, _log.LastIndex + 1);
        }

        return !isOther;
    }

    private bool IsMeant(in Message message, int sender)
    {
        if (_options.Incarnation != 0 && !_options.IsFounder && IsForFounders(in message))
        {
            return false;
        }

        if (message.Incarnation == 0 || _options.Incarnation == 0)
        {
            return true;
        }

        if (sender < 0 && HearsLeader)
        {
            return message.Incarnation == _options.Incarnation; // a node that is no member says nothing of who is
        }

        IsSuperseded = message.Incarnation != _options.Incarnation;
        if (IsSuperseded && message.Kind is MessageKind.AppendRequest or MessageKind.HeartbeatRequest)
        {
            Answer(in message, MessageKind.AppendResponse, rejected: true); // so that the leader learns of it
        }

        return !IsSuperseded;
    }

    // A candidate that knows no configuration but the initial one, and no incarnations, means the directories that began the cluster. One that came in
    // the place of such a directory does not vote for it: what that had acknowledged, and whom it had voted for, is not known here. A later
    // configuration may know no incarnation of a member that was just added: that one votes, or the election could not be won without it.
    private static bool IsForFounders(in Message message) =>
        message.Kind is MessageKind.PreVoteRequest or MessageKind.VoteRequest && message is { Incarnation: 0, HintIndex: 0 };

    private int PositionOf(ulong nodeId) => _memberIds.AsSpan().IndexOf(nodeId);
}
