using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using RaftEngine.Consensus;
using RaftEngine.Log;
using RaftEngine.Pipeline;
using RaftEngine.Protocol;
using RaftEngine.Snapshots;

namespace RaftEngine.Simulate.Simulation;

/// <summary>
/// What must hold after every step (Raft Figure 3, and what it rests on), looked at from outside, with all nodes in sight. Only what a step has changed is looked at.
/// </summary>
internal sealed class Invariants(SimulatedCluster cluster)
{
    private readonly List<(long Term, ulong Chain, long KnownIn)> _committed = [(0, 0, 0)]; // by index; KnownIn: the term in which a node was first seen to know of it
    private readonly Dictionary<long, (ulong Node, ulong Incarnation)> _leaderOfTerm = [];
    private readonly Dictionary<(long Term, ulong Incarnation), ulong> _votes = [];
    private readonly Dictionary<(long Index, long Term), ulong> _chains = [];
    private readonly Dictionary<long, (long Term, ulong Number)> _applied = [];
    private readonly Dictionary<ulong, long> _indexes = []; // of commands, by their numbers
    private readonly Dictionary<long, ulong> _digests = [];
    private readonly SortedList<long, Configuration> _configurations = []; // those committed, by index
    private readonly HashSet<(ulong Node, long Index, ulong Chain)> _promised = []; // what nodes have counted as durable, if it may not be seen on their disks
    private LoggedConfiguration _configuration;

    /// <summary>The highest index that any node knows to be committed.</summary>
    public long CommitIndex => _committed.Count - 1;

    /// <summary>The configuration that was committed last; null if none has been.</summary>
    public Configuration? Configuration => _configuration.Configuration;

    /// <summary>A node has taken a step.</summary>
    public void Check(NodeLife life)
    {
        RaftCore core = life.Core;
        LogMirror mirror = life.Node.Mirror;
        bool leadsOn = core.Role == Role.Leader && life.LedTerm == core.HardState.Term;
        long unchangedTo = FollowLog(life, mirror);
        long lastBefore = mirror.LastIndex;
        if (unchangedTo < lastBefore)
        {
            Hold(!leadsOn, life, $"takes back entries from {unchangedTo + 1} on, while it leads");
            Hold(unchangedTo >= Math.Min(life.CheckedCommit, lastBefore), life, $"takes back {unchangedTo + 1}, and has {life.CheckedCommit} committed");
            mirror.CutBehind(unchangedTo);
            cluster.Tally.Count(EventKind.Truncation);
        }

        Extend(life, mirror);
        CheckDurable(life, mirror);
        CheckHardState(life, mirror);
        CheckCommitted(life, mirror);
        if (core.Role == Role.Leader && !leadsOn)
        {
            CheckNewLeader(life, mirror);
        }

        while (life.CountedHandovers < core.StallHandovers)
        {
            life.CountedHandovers++;
            cluster.Tally.Count(EventKind.StallHandover);
        }

        cluster.Tally.Count(EventKind.DoubtEnded, life.WasInDoubt && !core.IsTailInDoubt);
        life.WasInDoubt = core.IsTailInDoubt;
        life.InForceBefore = core.Configuration.Configuration;
        life.LedTerm = core.Role == Role.Leader ? core.HardState.Term : 0;
        cluster.Trace.Note(((ulong)life.Node.Id << 56) ^ ((ulong)core.HardState.Term << 40) ^ ((ulong)core.CommitIndex << 20) ^ (ulong)mirror.LastIndex ^ ((ulong)core.Role << 62));
    }

    /// <summary>A process has come up: what its disk had promised is there.</summary>
    public void OnStarted(NodeLife life)
    {
        LogMirror mirror = life.Node.Mirror;
        SegmentedLog log = life.Log;
        long promised = Promised(life.Node);
        Hold(log.LastIndex >= promised, life, $"had {promised} on disk, and comes up with {log.LastIndex}");
        if (promised >= log.FirstIndex - 1 && promised <= mirror.LastIndex && mirror[promised] != 0)
        {
            Hold(log.ChainAt(promised) == mirror[promised], life, $"comes up with another entry at {promised}");
        }

        HardState state = life.Core.HardState;
        Hold(state.Term >= mirror.Term, life, $"was in term {mirror.Term}, and comes up in {state.Term}");
        Hold(state.Term > mirror.Term || mirror.Vote == 0 || state.Vote == mirror.Vote, life, $"voted for {mirror.Vote} in term {state.Term}, and comes up with {state.Vote}");
        mirror.DurableIndex = Math.Min(mirror.DurableIndex, promised);
        life.CheckedCommit = 0;
        Check(life);
    }

    /// <summary>A message leaves a node: votes and acknowledgments are promises, and must be on its disk.</summary>
    public void OnSent(NodeLife life, in Message message)
    {
        RaftCore core = life.Core;
        Hold(life.SavedHardState == core.HardState, life, "sends before its hard state is saved");
        if (message is { Kind: MessageKind.VoteResponse, Rejected: false })
        {
            Vote(life, message.Term, message.To);
        }
        else if (message.Kind == MessageKind.VoteRequest)
        {
            Vote(life, message.Term, life.Node.Id);
        }
        else if (message is { Kind: MessageKind.AppendResponse, Rejected: false })
        {
            Hold(message.Index <= DurableIn(life), life, $"acknowledges {message.Index}, but only {DurableIn(life)} is durable");
            Promise(life, message.Index);
        }
        else if (message.Kind is MessageKind.AppendRequest or MessageKind.HeartbeatRequest)
        {
            Promise(life, Math.Min(message.Commit, DurableIn(life)));
        }
    }

    /// <summary>A state machine has applied an entry: all apply the same, in the same order.</summary>
    public void OnApplied(SimulatedNode node, LogEntryDigest entry)
    {
        if (!_applied.TryAdd(entry.Index, (entry.Term, entry.Number)))
        {
            (long term, ulong number) = _applied[entry.Index];
            Hold(term == entry.Term && number == entry.Number, node, $"applies command {entry.Number} of term {entry.Term} at {entry.Index}, where {number} of {term} was applied");
        }

        if (!_indexes.TryAdd(entry.Number, entry.Index))
        {
            Hold(_indexes[entry.Number] == entry.Index, node, $"applies command {entry.Number} at {entry.Index}, which was applied at {_indexes[entry.Number]}");
        }

        if (!_digests.TryAdd(entry.Index, entry.Digest))
        {
            Hold(_digests[entry.Index] == entry.Digest, node, $"has another history of applied commands at {entry.Index}");
        }
    }

    /// <summary>A client is told that its command is committed and applied: that very command, where it was applied first, with what it gave then.</summary>
    public void OnAcknowledged(NodeLife life, in Applied<ulong> applied, Call call)
    {
        (long index, long term, ulong digest) = applied;
        Hold(index <= CommitIndex && _committed[(int)index].Term == term, life, $"acknowledges {index} of term {term}, of which that is not committed");
        if (call.Kind == CallKind.Write)
        {
            ulong number = Command.Read(call.Command).Number;
            Hold(_applied[index].Number == number, life, $"acknowledges command {number} at {index}, where {_applied[index].Number} was applied");
            Hold(_digests[index] == digest, life, $"gives another result for command {number} at {index} than it had");
        }

        // A leader that fails in the step in which it was elected is never looked at, but what it appended can be committed.
        if (_leaderOfTerm.TryGetValue(term, out (ulong Node, ulong Incarnation) leader) && leader.Node != life.Node.Id)
        {
            cluster.Tally.Count(EventKind.ForwardedWrite, call.Kind == CallKind.Write);
        }
    }

    /// <summary>A read has ended: it sees all that any node knew to be committed when it was asked for.</summary>
    public static void OnRead(NodeLife life, long readIndex, long committed) =>
        Hold(readIndex >= committed, life, $"reads at {readIndex}, and {committed} was committed when the read was asked for");

    /// <summary>A node would serve a read under its lease: no other node may have committed an entry that it does not
    /// know of.</summary>
    public void OnLease(NodeLife life, long readIndex) =>
        Hold(readIndex >= CommitIndex, life, $"has a lease in term {life.Core.HardState.Term} and reads at {readIndex}, but {CommitIndex} is committed");

    private long DurableIn(NodeLife life) => AcknowledgesUnsynced ? life.Log.LastIndex : life.Log.DurableIndex;

    // What it has told of, it has counted. It may die in the rest of this step, before it is looked at.
    private void Promise(NodeLife life, long promised)
    {
        LogMirror mirror = life.Node.Mirror;
        long seen = AcknowledgesUnsynced ? mirror.LastIndex : mirror.DurableIndex;
        for (long index = Math.Max(seen + 1, life.Log.FirstIndex - 1); index <= promised; index++)
        {
            _promised.Add((life.Node.Id, index, life.Log.ChainAt(index)));
        }
    }

    private bool AcknowledgesUnsynced => cluster.Plan.Durability != Durability.Fsync;

    /// <summary>True if a node has an entry on disk, or a snapshot that stands for it.</summary>
    private bool HasOnDisk(SimulatedNode node, long index, ulong chain) =>
        _promised.Contains((node.Id, index, chain)) || HasOnDisk(node.Mirror, index, chain) || (node.Lost is { } lost && HasOnDisk(lost, index, chain));

    private static bool HasOnDisk(LogMirror mirror, long index, ulong chain) => mirror.DurableIndex >= index && (mirror[index] == chain || mirror[index] == 0);

    // A node that died in the middle of a step may have been truncating uncommitted entries.
    private long Promised(SimulatedNode node)
    {
        LogMirror mirror = node.Mirror;
        long promised = mirror.DurableIndex;
        while (node.DiedInStep && promised > 0 && (promised > CommitIndex || (mirror[promised] != _committed[(int)promised].Chain && mirror[promised] != 0)))
        {
            promised--;
        }

        return promised;
    }

    // How far the log still is what it was.
    private static long FollowLog(NodeLife life, LogMirror mirror)
    {
        SegmentedLog log = life.Log;
        long same = Math.Min(log.LastIndex, mirror.LastIndex);
        while (same >= log.FirstIndex && log.ChainAt(same) != mirror[same])
        {
            same--;
        }

        return same;
    }

    private void Extend(NodeLife life, LogMirror mirror)
    {
        SegmentedLog log = life.Log;
        long first = log.FirstIndex;
        if (first - 1 > mirror.LastIndex || mirror[first - 1] != log.ChainAt(first - 1))
        {
            bool isUnknown = first - 1 <= mirror.LastIndex && mirror[first - 1] == 0;
            mirror.Reset(first - 1, log.ChainAt(first - 1));
            if (!isUnknown && first > 1)
            {
                cluster.Tally.Count(EventKind.SnapshotInstalled);
                mirror.DurableIndex = first - 1;
                mirror.SnapshotIndex = first - 1;
            }
        }
        else if (first > mirror.FirstIndex)
        {
            cluster.Tally.Count(EventKind.Compaction);
        }

        mirror.FirstIndex = first;
        if (life.SnapshotIndex > mirror.SnapshotIndex)
        {
            mirror.SnapshotIndex = life.SnapshotIndex;
            cluster.Tally.Count(EventKind.SnapshotTaken);
            CheckSnapshot(life, life.SnapshotIndex);
        }

        for (long index = mirror.LastIndex + 1; index <= log.LastIndex; index++)
        {
            ulong chain = log.ChainAt(index);
            ref ulong known = ref CollectionsMarshal.GetValueRefOrAddDefault(_chains, (index, log.TermAt(index)), out bool exists);
            Hold(!exists || known == chain, life, $"has at {index} of term {log.TermAt(index)} another history than a node before");
            known = chain;
            mirror.Add(chain);
            if (AcknowledgesUnsynced)
            {
                _promised.Add((life.Node.Id, index, chain));
            }
        }
    }

    // What the log says is on disk is there, byte for byte.
    private static unsafe void CheckDurable(NodeLife life, LogMirror mirror)
    {
        SegmentedLog log = life.Log;
        for (long index = Math.Max(mirror.DurableIndex + 1, log.FirstIndex); index <= log.DurableIndex;)
        {
            LogRun run = log.RunFrom(index, 1 << 20);
            long last = Math.Min(run.LastIndex, log.DurableIndex);
            ReadOnlySpan<byte> bytes = log.RunBytes(index, last);
            bool isOnDisk = life.Node.Disk.Image.IsDurable((nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(bytes)), bytes.Length);
            Hold(isOnDisk, life, $"takes {index} to {last} for durable, and a loss of power could take them");
            index = last + 1;
        }

        mirror.DurableIndex = log.DurableIndex;
    }

    private static void CheckHardState(NodeLife life, LogMirror mirror)
    {
        HardState state = life.Core.HardState;
        if (state.Term == mirror.Term && state.Vote == mirror.Vote)
        {
            return;
        }

        Hold(state.Term >= mirror.Term, life, $"goes back from term {mirror.Term} to {state.Term}");
        Hold(state.Term > mirror.Term || mirror.Vote == 0, life, $"takes back its vote for {mirror.Vote} in term {state.Term}, for {state.Vote}");
        byte[] content = life.Node.Disk.Image.DurableContentOf(HardStateFile.Name) ?? [];
        bool isOnDisk = false;
        for (int slot = 0; (slot + 1) * HardStateRecord.SlotBytes <= content.Length; slot++)
        {
            HardStateRecord? record = HardStateRecord.Read(content.AsSpan(slot * HardStateRecord.SlotBytes, HardStateRecord.SlotBytes), "");
            isOnDisk |= record?.State == state;
        }

        Hold(isOnDisk, life, $"goes on in term {state.Term} with the vote for {state.Vote}, which is not on disk");
        mirror.Term = state.Term;
        mirror.Vote = state.Vote;
    }

    // State machine safety: all nodes commit the same entries. And an entry is committed only with a majority of disks behind it, of the configuration in force.
    private void CheckCommitted(NodeLife life, LogMirror mirror)
    {
        long commit = life.Core.CommitIndex;
        Hold(commit >= life.CheckedCommit, life, $"takes its commit index back from {life.CheckedCommit} to {commit}");
        Hold(commit <= mirror.LastIndex, life, $"has {commit} committed, and its log ends at {mirror.LastIndex}");
        for (long index = Math.Max(life.CheckedCommit + 1, mirror.FirstIndex - 1); index <= commit; index++)
        {
            if (index <= CommitIndex)
            {
                Hold(mirror[index] == _committed[(int)index].Chain, life, $"commits another entry at {index} than a node before");
                continue;
            }

            Hold(mirror.FirstIndex - 1 <= index && index == CommitIndex + 1, life, $"commits {index}, which no node has committed");
            _committed.Add((life.Log.TermAt(index), mirror[index], life.Core.HardState.Term));
            Remember(life.Log.Read(index));
            if (index == commit)
            {
                CheckQuorum(life, index, mirror[index]);
                CheckLeases(life);
            }
        }

        life.CheckedCommit = commit;
        LoggedConfiguration inForce = life.Core.Configuration;
        if (inForce.Index <= commit && inForce.Index > _configuration.Index)
        {
            OnConfiguration(inForce);
        }
    }

    private void Remember(in LogRecord record)
    {
        if (record.Kind == EntryKind.Configuration && ConfigurationFormat.TryRead(record.Payload, out Configuration? configuration))
        {
            _configurations.Add(record.Index, configuration);
        }
    }

    // A node that starts from a snapshot knows its configuration from there alone.
    private void CheckSnapshot(NodeLife life, long index)
    {
        string name = SnapshotFormat.NameOf(index);
        byte[]? content = life.Node.Disk.Image.DurableContentOf(name);
        Configuration? expected = _configurations.LastOrDefault(entry => entry.Key <= index).Value;
        if (content is not null && expected is not null)
        {
            Configuration actual = StateRecovery.ConfigurationOf(SnapshotFormat.Read(content, name, out _));
            Hold(actual.Equals(expected), life, $"takes a snapshot of {index} with {actual}, and {expected} was committed there");
        }
    }

    private void OnConfiguration(LoggedConfiguration committed)
    {
        if (committed.Configuration.IsJoint)
        {
            cluster.Tally.Count(EventKind.JointConfiguration);
        }

        foreach (ulong voter in committed.Configuration.Voters)
        {
            if ((_configuration.Configuration?.Find(voter).Roles & MemberRoles.Learner) == MemberRoles.Learner)
            {
                cluster.Tally.Count(EventKind.Promotion);
            }
        }

        cluster.Trace.Say((ulong)committed.Index, $"configuration {committed.Configuration} is committed");
        _configuration = committed;
        cluster.Members = [.. committed.Configuration.Members.Select(static member => member.NodeId)];
    }

    // Lease exclusivity: another node that considers itself the leader would not serve a read now.
    private void CheckLeases(NodeLife committing)
    {
        foreach (SimulatedNode node in cluster.Nodes)
        {
            if (cluster.Plan.UsesLeases && node.Life is { Core.Role: Role.Leader, IsInBatch: false } other && other != committing)
            {
                other.CheckLease();
            }
        }
    }

    private void CheckQuorum(NodeLife life, long index, ulong chain)
    {
        // A batch may have committed it before the leader took a step of a change by itself.
        Configuration inForce = life.Core.Configuration.Configuration;
        bool isOnDisks = HaveOnDisk(inForce, index, chain) || (life.InForceBefore is { } before && HaveOnDisk(before, index, chain));
        Hold(isOnDisks, life, $"commits {index} without a majority of disks of {inForce}");
    }

    private bool HaveOnDisk(Configuration inForce, long index, ulong chain) =>
        IsMajority(inForce.Voters, index, chain) && (!inForce.IsJoint || IsMajority(inForce.OutgoingVoters, index, chain));

    private bool IsMajority(ImmutableArray<ulong> voters, long index, ulong chain)
    {
        int count = 0;
        foreach (ulong voter in voters)
        {
            count += cluster.NodeOf(voter) is { } node && HasOnDisk(node, index, chain) ? 1 : 0;
        }

        return count > voters.Length / 2;
    }

    // Election safety: one leader a term. Leader completeness: it has all that was committed in earlier terms. A candidate whose votes come late may lead its term when
    // a later one has a leader, and even commits, already.
    private void CheckNewLeader(NodeLife life, LogMirror mirror)
    {
        long term = life.Core.HardState.Term;
        cluster.Tally.Count(EventKind.Election);
        cluster.Trace.Say((ulong)term, $"node {life.Node.Id} leads term {term} from {mirror.LastIndex}, {life.Core.Configuration.Configuration}");
        (ulong Node, ulong Incarnation) leader = (life.Node.Id, life.Incarnation);
        Hold(_leaderOfTerm.TryAdd(term, leader) || _leaderOfTerm[term] == leader, life, $"leads term {term}, which node {_leaderOfTerm[term].Node} has led");
        int required = _committed.FindLastIndex(entry => entry.KnownIn < term);
        bool isComplete = mirror.LastIndex >= required && (required < mirror.FirstIndex - 1 || mirror[required] == _committed[required].Chain);
        Hold(isComplete || required == 0, life, $"leads term {term} with a log up to {mirror.LastIndex}, and lacks what is committed up to {required}");
    }

    private void Vote(NodeLife life, long term, ulong candidate)
    {
        if (!_votes.TryAdd((term, life.Incarnation), candidate))
        {
            ulong before = _votes[(term, life.Incarnation)];
            Hold(before == candidate, life, $"votes for {before} and {candidate} in term {term}");
        }
    }

    private static void Hold(bool holds, NodeLife life, [InterpolatedStringHandlerArgument("holds")] ref Claim claim) => Hold(holds, life.Node, ref claim);

    private static void Hold(bool holds, SimulatedNode node, [InterpolatedStringHandlerArgument("holds")] ref Claim claim)
    {
        if (!holds)
        {
            throw new ViolationException($"Node {node.Id} {claim.ToStringAndClear()}.");
        }
    }

    private static void Hold(bool holds, NodeLife life, string claim)
    {
        if (!holds)
        {
            throw new ViolationException($"Node {life.Node.Id} {claim}.");
        }
    }

    /// <summary>The words of a violation, made only if there is one.</summary>
    [InterpolatedStringHandler]
    internal ref struct Claim
    {
        private DefaultInterpolatedStringHandler _inner;

        public Claim(int literalLength, int formattedCount, bool holds, out bool isNeeded)
        {
            isNeeded = !holds;
            _inner = isNeeded ? new DefaultInterpolatedStringHandler(literalLength, formattedCount) : default;
        }

        public void AppendLiteral(string value) => _inner.AppendLiteral(value);

        public void AppendFormatted<T>(T value) => _inner.AppendFormatted(value);

        public string ToStringAndClear() => _inner.ToStringAndClear();
    }
}
