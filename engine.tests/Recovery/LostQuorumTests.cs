using System;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Storage;
using RaftEngine.Tests.LogDump;
using RaftEngine.Tests.Support;
using RaftEngine.Tests.Transport;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests.Recovery;

/// <summary>One survivor of a lost quorum goes on with all that it has, and everybody can see that it did so without a majority.</summary>
public sealed class LostQuorumTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly InMemoryNetwork _network = new();

    [Fact]
    public async Task The_survivor_of_three_goes_on_with_all_entries_and_gets_two_new_nodes()
    {
        await using TestCluster cluster = NewCluster();
        await cluster.StartAsync();
        string[] commands = [.. Enumerable.Range(0, 300).Select(i => $"{i}")];
        foreach (string command in commands)
        {
            await cluster.ProposeAsync(command);
        }

        await cluster.ConvergeAsync();
        await StopAsync(cluster, 1, 2, 3);

        // A leader that stops hands over, and may still get the first entry of the next.
        ulong fingerprint = LogInspector.Open(cluster.DataDirectory(1)).Verify().Fingerprint;
        Wipe(cluster, 2, 3);
        ListLogger logger = new();
        RecoveredQuorum recovered = await RaftRecovery.RecoverLostQuorumAsync(cluster.Options(1), AcceptedLoss.AcknowledgedCommands, logger: logger);

        Assert.Equal(("1 2 3", "1", fingerprint), (recovered.Replaced.ToString(), recovered.Members.ToString(), recovered.Fingerprint));
        Assert.Equal((recovered.LastIndex, 0), (recovered.EntriesTakenAsCommitted, recovered.KnownCommittedIndex));
        Assert.Contains("1 instead of 1 2 3", Assert.Single(logger.Lines(1100)), StringComparison.Ordinal);
        RaftNode<int> survivor = await RaftNode.StartAsync(cluster.Options(1), cluster.StateMachines[1] = new ListStateMachine(), _network.CreateTransport(1), logger);
        cluster.Nodes[1] = survivor;
        await LeadsAloneAsync(survivor);
        Assert.Contains("1 (imposed)", Assert.Single(logger.Lines(1010)), StringComparison.Ordinal);
        Assert.Equal(commands, cluster.StateMachines[1].Commands);
        Assert.Equal((true, recovered.RecoveryTerm + 1), (survivor.Status.Configuration?.IsImposed, survivor.Status.Term));

        await cluster.StartAsync(4);
        await cluster.StartAsync(5);
        await survivor.ChangeMembersAsync(new Configuration([new Member(1, MemberRoles.Voter), Joining(4), Joining(5)])).AsTask().WaitAsync(Patience);
        await Eventually.True(() => survivor.Status.Configuration is { IsJoint: false, Voters.Length: 3 }, "all vote");
        await cluster.ProposeAsync("after");
        await cluster.ConvergeAsync();
        Assert.All(cluster.Nodes.Keys, id => Assert.Equal([.. commands, "after"], cluster.StateMachines[id].Commands));
        Assert.False(survivor.Status.Configuration?.IsImposed);
        await StopAsync(cluster, 1);
        await cluster.ProposeAsync("without the survivor");
    }

    [Fact]
    public async Task What_was_never_acknowledged_becomes_committed_and_the_log_says_where()
    {
        await using TestCluster cluster = NewCluster();
        await cluster.StartAsync();
        RaftNode<int> leader = await cluster.LeaderAsync();
        ulong id = leader.Status.NodeId;
        await leader.ProposeAsync("acknowledged"u8);
        await cluster.ConvergeAsync();
        _network.Isolate(id);
        Task<Applied<int>> unknown = leader.ProposeAsync("unknown"u8).AsTask();
        await Eventually.True(() => leader.Status.DurableIndex == leader.Status.LastIndex && leader.Status.LastIndex > leader.Status.CommitIndex, "it is in the log");
        await leader.AbortAsync();
        Assert.NotNull(await Record.ExceptionAsync(() => unknown));
        await StopAsync(cluster, 1, 2, 3);
        RecoveredQuorum recovered = await RaftRecovery.RecoverLostQuorumAsync(cluster.Options(id), AcceptedLoss.AcknowledgedCommands);

        LogInspector inspector = LogInspector.Open(cluster.DataDirectory(id));
        Configuration? recorded = null;
        inspector.Visit(recovered.RecoveryIndex, recovered.RecoveryIndex, (_, _, record) =>
        {
            recorded = record.Configuration;
            return true;
        });
        Assert.Equal((true, recovered.RecoveryTerm), (recorded?.IsImposed, inspector.HardState.Term));
        Assert.Equal(1L << 32, recovered.RecoveryTerm);
        DumpRun list = DumpRun.Of("list", cluster.DataDirectory(id), "--from", $"{recovered.RecoveryIndex}");
        ListedRecord line = Assert.Single(ListedRecord.ParseAll(list.Output));
        Assert.Equal((EntryKind.Configuration, $"members {id} (imposed)"), (line.Kind, line.Preview));
        Assert.Equal(0, DumpRun.Of("verify", cluster.DataDirectory(id)).ExitCode);

        RaftNode<int> survivor = await cluster.StartAsync(id);
        await LeadsAloneAsync(survivor);
        Assert.Equal(["acknowledged", "unknown"], cluster.StateMachines[id].Commands);
    }

    [Fact]
    public async Task A_survivor_with_a_snapshot_keeps_what_it_stands_for()
    {
        await using TestCluster cluster = NewClusterWithSnapshots();
        await cluster.StartAsync();
        RaftNode<int> leader = await cluster.LeaderAsync();
        await ProposeUntilAsync(leader, () => leader.Status.FirstIndex > 100);
        ulong id = leader.Status.NodeId;
        string[] commands = cluster.StateMachines[id].Commands;
        long snapshotIndex = leader.Status.SnapshotIndex;
        await StopAsync(cluster, 1, 2, 3);
        RecoveredQuorum recovered = await RaftRecovery.RecoverLostQuorumAsync(cluster.Options(id), AcceptedLoss.AcknowledgedCommands);
        Assert.True(recovered.KnownCommittedIndex >= snapshotIndex && recovered.EntriesTakenAsCommitted < recovered.LastIndex);

        RaftNode<int> survivor = await cluster.StartAsync(id);
        await LeadsAloneAsync(survivor);
        Assert.Equal(commands, cluster.StateMachines[id].Commands);
    }

    [Fact]
    public async Task What_is_no_lost_quorum_is_refused_and_nothing_is_changed()
    {
        await using TestCluster cluster = NewCluster();
        RaftOptions options = cluster.Options(1);
        await Assert.ThrowsAsync<StorageFailedException>(() => RaftRecovery.RecoverLostQuorumAsync(options, AcceptedLoss.AcknowledgedCommands));
        Assert.False(Directory.Exists(options.DataDirectory));
        Directory.CreateDirectory(options.DataDirectory);
        await RefusalAsync(options);
        Assert.Empty(Directory.GetFileSystemEntries(options.DataDirectory));

        await cluster.StartAsync(1);
        DataDirectoryException inUse = await RefusalAsync(options);
        Assert.Contains("has it open", inUse.Message, StringComparison.Ordinal);
        await StopAsync(cluster, 1);
        DataDirectoryException empty = await RefusalAsync(options);
        Assert.Contains("empty", empty.Message, StringComparison.Ordinal);

        await cluster.StartAsync();
        await cluster.ProposeAsync("one");
        await cluster.ConvergeAsync();
        await StopAsync(cluster, 1, 2, 3);
        LogVerification before = LogInspector.Open(options.DataDirectory).Verify();
        await Assert.ThrowsAsync<ArgumentException>(() => RaftRecovery.RecoverLostQuorumAsync(options, AcceptedLoss.None));
        await Assert.ThrowsAsync<ArgumentException>(() => RaftRecovery.RecoverLostQuorumAsync(options, AcceptedLoss.AcknowledgedCommands, new Configuration(1, 2)));
        await RefusalAsync(cluster.Options(2) with { DataDirectory = options.DataDirectory });
        Assert.Equal(before.Fingerprint, LogInspector.Open(options.DataDirectory).Verify().Fingerprint);
        await RaftRecovery.RecoverLostQuorumAsync(options, AcceptedLoss.AcknowledgedCommands);
        DataDirectoryException twice = await RefusalAsync(options);
        Assert.Contains("1 (imposed)", twice.Message, StringComparison.Ordinal);
    }

    // Recovered by mistake: the other two are alive, and go on. Neither cluster takes anything from the other, whatever terms they come to.
    [Fact]
    public async Task Old_members_that_are_alive_after_all_do_not_undo_the_recovery()
    {
        // Their leader is to lead until it hands over, however slow the machine is.
        await using TestCluster cluster = new(3, _network.CreateTransport, static options => BackupSamples.Patient(options) with { ElectionTimeout = TimeSpan.FromSeconds(3) });
        await cluster.StartAsync();
        RaftNode<int> old = await LedByAsync(cluster, 2);
        await cluster.ProposeAsync("common");
        await Eventually.True(() => cluster.Nodes.Values.All(node => node.Status.Configuration?.Members.All(static member => member.Incarnation != 0) == true), "all are known");
        await cluster.ConvergeAsync();
        await StopAsync(cluster, 1);
        await RaftRecovery.RecoverLostQuorumAsync(cluster.Options(1), AcceptedLoss.AcknowledgedCommands);
        await old.ProposeAsync("old majority"u8);
        RaftNode<int> survivor = await cluster.StartAsync(1);
        await LeadsAloneAsync(survivor);
        long term = survivor.Status.Term;
        await survivor.ProposeAsync("survivor"u8);
        await Eventually.True(() => survivor.Status.IsSuperseded, "it is told that there are others");
        await old.TransferLeadershipAsync(3).AsTask().WaitAsync(Patience);
        await Eventually.True(() => cluster.Nodes[3].Status.Role == RaftRole.Leader, "another leader of theirs");
        await cluster.Nodes[3].ProposeAsync("old majority again"u8).AsTask().WaitAsync(Patience);
        await survivor.ProposeAsync("survivor again"u8).AsTask().WaitAsync(Patience);

        Assert.Equal((RaftRole.Leader, term), (survivor.Status.Role, survivor.Status.Term));
        Assert.True(cluster.Nodes[3].Status.Term < 1L << 32);
        Assert.Equal(["common", "survivor", "survivor again"], cluster.StateMachines[1].Commands);
        Assert.Equal(["common", "old majority", "old majority again"], cluster.StateMachines[3].Commands);
    }

    // Against all advice an old member is added with its old directory: what it has beyond the common part, and does not
    // know to be committed, gives way.
    [Fact]
    public async Task An_old_member_that_is_added_again_gives_up_its_own_history()
    {
        await using TestCluster cluster = NewCluster();
        await cluster.StartAsync();
        RaftNode<int> old = await LedByAsync(cluster, 2);
        await cluster.ProposeAsync("common");
        await cluster.ConvergeAsync();
        _network.Isolate(2);
        Task<Applied<int>>[] unknown = [.. Enumerable.Range(0, 20).Select(_ => old.ProposeAsync("never committed"u8).AsTask())];
        await Eventually.True(
            () => old.Status is var status && status.DurableIndex == status.LastIndex && status.LastIndex >= status.CommitIndex + 20,
            "they are in the log");
        await old.AbortAsync();
        Assert.All(unknown, static command => Assert.False(command.IsCompletedSuccessfully));
        await StopAsync(cluster, 1, 2, 3);
        _network.Rejoin(2);
        await RaftRecovery.RecoverLostQuorumAsync(cluster.Options(1), AcceptedLoss.AcknowledgedCommands);
        RaftNode<int> survivor = await cluster.StartAsync(1);
        await LeadsAloneAsync(survivor);
        await cluster.StartAsync(2);
        await survivor.ChangeMembersAsync(new Configuration([new Member(1, MemberRoles.Voter), Joining(2)])).AsTask().WaitAsync(Patience);
        await Eventually.True(() => survivor.Status.Configuration is { IsJoint: false, Voters.Length: 2 }, "both vote");
        await survivor.ProposeAsync("after"u8).AsTask().WaitAsync(Patience);
        await cluster.ConvergeAsync();
        Assert.Equal(["common", "after"], cluster.StateMachines[2].Commands);
    }

    // The same, but it has told clients that those commands are committed, and knows it.
    [Fact]
    public async Task An_old_member_that_knows_its_own_history_to_be_committed_stops_instead_of_giving_it_up()
    {
        await using TestCluster cluster = NewCluster();
        await cluster.StartAsync();
        RaftNode<int> old = await LedByAsync(cluster, 2);
        await cluster.ProposeAsync("common");
        await cluster.ConvergeAsync();
        await StopAsync(cluster, 1);
        for (int i = 0; i < 20; i++)
        {
            await old.ProposeAsync("acknowledged by the lost majority"u8);
        }

        await StopAsync(cluster, 3, 2);
        ulong kept = LogInspector.Open(cluster.DataDirectory(2)).Verify().Fingerprint;
        await RaftRecovery.RecoverLostQuorumAsync(cluster.Options(1), AcceptedLoss.AcknowledgedCommands);
        RaftNode<int> survivor = await cluster.StartAsync(1);
        await LeadsAloneAsync(survivor);
        RaftNode<int> back = await cluster.StartAsync(2);
        Configuration withOld = new([new Member(1, MemberRoles.Voter), Joining(2)]);
        await survivor.ChangeMembersAsync(withOld).AsTask().WaitAsync(Patience);
        CommittedEntriesLostException lost =
            await Assert.ThrowsAsync<CommittedEntriesLostException>(() => back.Completion.WaitAsync(Patience));
        Assert.Equal((1UL, true), (lost.LeaderId, lost.LeaderTerm >= 1L << 32));
        await StopAsync(cluster, 2);
        Assert.Equal(kept, LogInspector.Open(cluster.DataDirectory(2)).Verify().Fingerprint);
        await survivor.ProposeAsync("goes on"u8).AsTask().WaitAsync(Patience);
        Assert.Equal(1, survivor.Status.Configuration?.Voters.Length);
    }

    // What it has beyond the common part is committed, as far as it knows, so that it can neither be truncated nor be right.
    [Fact]
    public async Task An_old_member_with_a_snapshot_of_its_own_history_stops_instead_of_mixing_it_with_the_new_one()
    {
        await using TestCluster cluster = NewClusterWithSnapshots(butNotOf: 1);
        await cluster.StartAsync();
        RaftNode<int> old = await LedByAsync(cluster, 2);
        await cluster.ProposeAsync("common");
        await cluster.ConvergeAsync();
        await StopAsync(cluster, 1);
        await ProposeUntilAsync(old, () => old.Status.FirstIndex > 100);
        await StopAsync(cluster, 2, 3);
        RecoveredQuorum recovered = await RaftRecovery.RecoverLostQuorumAsync(cluster.Options(1), AcceptedLoss.AcknowledgedCommands);
        Assert.True(recovered.LastIndex < 100);
        RaftNode<int> survivor = await cluster.StartAsync(1); // it keeps its whole log: a snapshot of it would replace all that the other has
        await LeadsAloneAsync(survivor);
        RaftNode<int> back = await cluster.StartAsync(2);
        Task stopped = back.Completion;
        await survivor.ChangeMembersAsync(new Configuration([new Member(1, MemberRoles.Voter), new Member(2, MemberRoles.Learner)])).AsTask().WaitAsync(Patience);
        await ProposeUntilAsync(survivor, () => stopped.IsCompleted);

        Exception? failure = await Record.ExceptionAsync(() => stopped);
        Assert.True(failure is LogDivergenceException or InvalidOperationException, $"{failure}");
        await survivor.ProposeAsync("goes on"u8).AsTask().WaitAsync(Patience);
    }

    private static async Task ProposeUntilAsync(RaftNode<int> node, Func<bool> isEnough)
    {
        for (int i = 0; !isEnough(); i++)
        {
            Assert.True(i < 20_000);
            await node.ProposeAsync(Encoding.UTF8.GetBytes($"{i} {new string('x', 200)}")).AsTask().WaitAsync(Patience);
        }
    }

    private static Task<DataDirectoryException> RefusalAsync(RaftOptions options) =>
        Assert.ThrowsAsync<DataDirectoryException>(() => RaftRecovery.RecoverLostQuorumAsync(options, AcceptedLoss.AcknowledgedCommands));

    private static Member Joining(ulong id) => new(id, MemberRoles.Learner | MemberRoles.Promotable);

    private static Task LeadsAloneAsync(RaftNode<int> node) => Eventually.True(
        () => node.Status is { Role: RaftRole.Leader } status && status.CommitIndex == status.LastIndex && status.AppliedIndex == status.LastIndex,
        () => $"it leads: {node.Status}");

    private static async Task<RaftNode<int>> LedByAsync(TestCluster cluster, ulong id)
    {
        await Eventually.True(
            async () =>
            {
                RaftNode<int> leader = await cluster.LeaderAsync();
                return leader.Status.NodeId == id || await Record.ExceptionAsync(() => leader.TransferLeadershipAsync(id).AsTask()) is null;
            },
            () => $"{id} leads");
        await Eventually.True(() => cluster.Nodes[id].Status.Role == RaftRole.Leader, $"{id} leads");
        return cluster.Nodes[id];
    }

    private static async Task StopAsync(TestCluster cluster, params ulong[] ids)
    {
        foreach (ulong id in ids)
        {
            if (cluster.Nodes.Remove(id, out RaftNode<int>? node))
            {
                await node.DisposeAsync();
            }
        }
    }

    private static void Wipe(TestCluster cluster, params ulong[] ids)
    {
        foreach (ulong id in ids)
        {
            Directory.Delete(cluster.DataDirectory(id), recursive: true);
        }
    }

    private TestCluster NewClusterWithSnapshots(ulong butNotOf = 0) => new(3, _network.CreateTransport, options => BackupSamples.Patient(options) with
    {
        SegmentSizeBytes = 64 << 10,
        SnapshotLogBytes = options.NodeId == butNotOf ? 1 << 30 : 64 << 10,
        RetainedLogBytes = 0,
    });

    private TestCluster NewCluster() => new(3, _network.CreateTransport, BackupSamples.Patient);
}
