using System;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Recovery;
using RaftEngine.Snapshots;
using RaftEngine.Storage;

namespace RaftEngine.LogDump.Recovering;

/// <summary>What a recovery of a node after a lost quorum would come to, from its directory alone; nothing is changed.</summary>
/// <param name="Options">What the engine needs to do it.</param>
/// <param name="Outlook">What it would say it has done.</param>
internal sealed record SurvivorPlan(RaftOptions Options, RecoveredQuorum Outlook)
{
    private const int ReservedBytes = 16 << 10; // a segment has room for its largest command and this

    /// <summary>Reads the directory.</summary>
    /// <param name="inspector">The directory.</param>
    /// <param name="voters">The voters that the cluster began with; empty if the log or a snapshot names members.</param>
    /// <param name="joining">The nodes that are to join.</param>
    /// <exception cref="LogCorruptedException">The log is damaged.</exception>
    /// <exception cref="SnapshotCorruptedException">The snapshot is damaged.</exception>
    /// <exception cref="DataDirectoryException">There is no quorum to be lost.</exception>
    /// <exception cref="UsageException">Neither the log nor the command line names the members.</exception>
    public static SurvivorPlan Of(LogInspector inspector, ulong[] voters, ulong[] joining)
    {
        LogVerification log = inspector.Verify();
        if (log.Damage is not null)
        {
            throw log.Damage;
        }

        SnapshotHeader? snapshot = NewestSnapshot(inspector.Path);
        Configuration replaced = LatestMembers(inspector, snapshot, log)
            ?? inspector.FirstVoters
            ?? (voters.Length != 0 ? new Configuration(voters) : throw new UsageException("The log names no members yet. --voters names those that the cluster began with."));
        LogOwner owner = inspector.Owner;
        if (log.LastIndex == 0 && snapshot is null)
        {
            throw new DataDirectoryException(inspector.Path, "its log is empty. There is nothing to recover.");
        }

        if (ImposedMembers.IsOnlyVoter(owner.NodeId, replaced, inspector.Incarnation, inspector.IsFounder))
        {
            throw new DataDirectoryException(
                inspector.Path, $"node {owner.NodeId} is the only voter, and needs no other node: its members are {replaced}. There is nothing to recover.");
        }

        bool isBehind = snapshot is not null && snapshot.Index > log.LastIndex; // a crash came between a snapshot and the reset of the log: opening it will finish that
        Configuration members = MembersOf(owner.NodeId, joining);
        RecoveredQuorum outlook = new()
        {
            NodeId = owner.NodeId,
            ClusterId = owner.ClusterId,
            Replaced = replaced,
            Members = members,
            LastIndex = isBehind ? snapshot!.Index : log.LastIndex,
            LastTerm = isBehind ? snapshot!.Term : log.LastTerm,
            Fingerprint = isBehind ? snapshot!.Chain : log.Fingerprint,
            KnownCommittedIndex = Math.Max(snapshot?.Index ?? 0, log.FirstIndex - 1),
            RecoveryTerm = LostQuorum.TermBehind(Math.Max(inspector.HardState.Term, log.LastTerm)),
        };
        return new SurvivorPlan(OptionsOf(inspector, replaced), outlook);
    }

    /// <summary>Does it.</summary>
    /// <param name="cancellationToken">Gives up, if nothing has been changed yet.</param>
    /// <returns>What was done.</returns>
    public RecoveredQuorum Apply(CancellationToken cancellationToken) =>
        RaftRecovery.RecoverLostQuorumAsync(Options, AcceptedLoss.AcknowledgedCommands, Outlook.Members, cancellationToken: cancellationToken).GetAwaiter().GetResult();

    private static RaftOptions OptionsOf(LogInspector inspector, Configuration replaced)
    {
        ImmutableArray<LogSegmentInfo> segments = inspector.ReadSegments();
        RaftOptions defaults = new()
        {
            NodeId = inspector.Owner.NodeId,
            GroupId = inspector.Owner.GroupId,
            ClusterId = inspector.Owner.ClusterId,
            DataDirectory = inspector.Path,
            Voters = replaced.Voters,
        };
        if (segments.IsEmpty)
        {
            return defaults;
        }

        int size = (int)segments[^1].SizeBytes; // what is appended, one configuration, goes into a segment as large as the others
        return defaults with { SegmentSizeBytes = size, MaxCommandBytes = Math.Min(defaults.MaxCommandBytes, size - ReservedBytes) };
    }

    private static SnapshotHeader? NewestSnapshot(string path)
    {
        using FileSystemDirectory directory = FileSystemDirectory.OpenExisting(path);
        using SnapshotReader? snapshot = new SnapshotStore(directory).OpenNewest();
        snapshot?.ReadToEnd();
        return snapshot?.Header;
    }

    private static Configuration? LatestMembers(LogInspector inspector, SnapshotHeader? snapshot, LogVerification log)
    {
        Configuration? latest = null;
        if (snapshot is not null)
        {
            ConfigurationFormat.TryRead(snapshot.Configuration.Span, out latest);
        }

        inspector.Visit((snapshot?.Index ?? 0) + 1, log.LastIndex, (_, _, record) =>
        {
            latest = record.Configuration ?? latest;
            return true;
        });
        return latest;
    }

    private static Configuration MembersOf(ulong nodeId, ulong[] joining) => new(
        [new Member(nodeId, MemberRoles.Voter), .. joining.Select(static id => new Member(id, MemberRoles.Learner | MemberRoles.Promotable))]);
}
