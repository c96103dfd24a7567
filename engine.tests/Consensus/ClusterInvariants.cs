using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using RaftEngine.Consensus;
using RaftEngine.Protocol;

namespace RaftEngine.Tests.Consensus;

/// <summary>What must hold after every step of every schedule: Raft Figure 3, and what it rests on. A violation throws.</summary>
internal sealed class ClusterInvariants(IReadOnlyList<CoreNode> nodes)
{
    private readonly List<LogItem> _committed = [];
    private readonly Dictionary<long, ulong> _leaderOfTerm = [];
    private readonly Dictionary<(long Term, ulong Voter, ulong Incarnation), ulong> _votes = [];
    private readonly Dictionary<ulong, (RaftCore Core, long Commit, long Term, Role Role, int LogVersion)> _last = [];

    /// <summary>How many entries some node knows to be committed.</summary>
    public long CommitIndex => _committed.Count;

    public int LeaseReads { get; private set; }

    public int Leaders => _leaderOfTerm.Count;

    /// <summary>A message leaves a node: votes and acknowledgments are promises, and must be on its disk.</summary>
    public void OnSent(CoreNode node, in Message message)
    {
        Hold(node.Saved == node.Core.HardState, $"node {node.Id} sends before its hard state is saved");
        if (message is { Kind: MessageKind.VoteResponse, Rejected: false })
        {
            OnVote(message.Term, node, message.To);
        }
        else if (message.Kind == MessageKind.VoteRequest)
        {
            OnVote(message.Term, node, node.Id);
        }
        else if (message is { Kind: MessageKind.AppendResponse, Rejected: false })
        {
            Hold(message.Index <= node.Log.DurableIndex, $"node {node.Id} acknowledges {message.Index}, but only {node.Log.DurableIndex} is durable");
        }
    }

    /// <summary>A node has taken a step.</summary>
    public void Check(CoreNode node)
    {
        RaftCore core = node.Core;
        (RaftCore Core, long Commit, long Term, Role Role, int LogVersion) before = _last.GetValueOrDefault(node.Id);
        bool restarted = !ReferenceEquals(before.Core, core);
        Hold(restarted || core.CommitIndex >= before.Commit, $"the commit index of node {node.Id} went back from {before.Commit} to {core.CommitIndex}");
        Hold(restarted || node.Term >= before.Term, $"the term of node {node.Id} went back from {before.Term} to {node.Term}");
        Hold(core.CommitIndex <= node.Log.LastIndex, $"node {node.Id} has committed {core.CommitIndex}, but its log ends at {node.Log.LastIndex}");
        CheckCommitted(node);
        if (core.Role == Role.Leader && (restarted || before.Role != Role.Leader || before.Term != node.Term))
        {
            CheckNewLeader(node);
        }

        if (before.LogVersion != node.Log.Version)
        {
            CheckLogMatching(node);
        }

        _last[node.Id] = (core, core.CommitIndex, node.Term, core.Role, node.Log.Version);
    }

    /// <summary>A node would serve a read under its lease: no other node may have committed an entry that it does not
    /// know of.</summary>
    public void CheckLease(CoreNode node)
    {
        if (node.Core.TryLeaseRead(node.Now, out long readIndex))
        {
            LeaseReads++;
            Hold(readIndex >= CommitIndex, $"node {node.Id} has a lease in term {node.Term} and reads at {readIndex}, but {CommitIndex} is committed");
        }
    }

    // Votes are recorded where they leave the node, across restarts.
    private void OnVote(long term, CoreNode voter, ulong candidate)
    {
        (long Term, ulong Id, ulong Incarnation) key = (term, voter.Id, voter.Options.Incarnation);
        if (!_votes.TryAdd(key, candidate))
        {
            Hold(_votes[key] == candidate, $"node {voter.Id} voted for {_votes[key]} and {candidate} in term {term}");
        }
    }

    // State machine safety: all nodes commit the same entries. And an entry is committed only with a majority of disks behind it.
    private void CheckCommitted(CoreNode node)
    {
        long from = ReferenceEquals(_last.GetValueOrDefault(node.Id).Core, node.Core) ? _last[node.Id].Commit : 0;
        for (long index = from + 1; index <= node.Core.CommitIndex; index++)
        {
            LogItem entry = node.Log.Entries[(int)index - 1];
            if (index > _committed.Count)
            {
                ulong[] disks = [.. nodes.Where(other => Has(other.Log, index, entry) || Has(other.LostLog, index, entry)).Select(static other => other.Id)];
                Configuration inForce = node.Core.Configuration.Configuration;
                Hold(IsMajority(inForce.Voters, disks), $"node {node.Id} committed {index} with {string.Join(' ', disks)} of {inForce}");
                Hold(!inForce.IsJoint || IsMajority(inForce.OutgoingVoters, disks), $"node {node.Id} committed {index} with {string.Join(' ', disks)} of {inForce}");
                _committed.Add(entry);
            }

            Hold(_committed[(int)index - 1] == entry, $"node {node.Id} committed {entry} at {index}, where {_committed[(int)index - 1]} is committed");
        }
    }

    // Election safety: one leader a term. Leader completeness: it has all that is committed.
    private void CheckNewLeader(CoreNode node)
    {
        // A single voter that crashes before its term is saved, and before anything else has left it, may lead that term once more.
        bool again = node.Configuration is { Voters.Length: 1, OutgoingVoters.Length: <= 1 };
        Hold(_leaderOfTerm.TryAdd(node.Term, node.Id) || again, $"nodes {_leaderOfTerm[node.Term]} and {node.Id} both lead term {node.Term}");
        for (int i = 0; i < _committed.Count; i++)
        {
            Hold(i < node.Log.LastIndex && node.Log.Entries[i] == _committed[i], $"node {node.Id} leads term {node.Term} without the committed entry {i + 1}");
        }
    }

    // Log matching: logs that agree in the term at an index agree in everything up to there.
    private void CheckLogMatching(CoreNode node)
    {
        foreach (CoreNode other in nodes)
        {
            bool mustMatch = false;
            for (long index = Math.Min(node.Log.LastIndex, other.Log.LastIndex); index > 0; index--)
            {
                mustMatch |= node.Log.Entries[(int)index - 1].Term == other.Log.Entries[(int)index - 1].Term;
                Hold(
                    !mustMatch || node.Log.Entries[(int)index - 1] == other.Log.Entries[(int)index - 1],
                    $"the logs of nodes {node.Id} and {other.Id} differ at {index}, but agree later");
            }
        }
    }

    // A disk that is lost after it was acknowledged has been there: the acknowledgment may still be on its way.
    private static bool Has(MemoryLog? log, long index, LogItem entry) => log?.HasHad(index, entry) == true;

    private static bool IsMajority(ImmutableArray<ulong> voters, ulong[] ids) => voters.Count(ids.Contains) > voters.Length / 2;

    private static void Hold(bool holds, string violation)
    {
        if (!holds)
        {
            throw new InvalidOperationException($"Invariant broken: {violation}.");
        }
    }
}
