using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using RaftEngine.Log;
using RaftEngine.Pipeline;
using RaftEngine.Protocol;
using RaftEngine.Sessions;
using RaftEngine.Simulate.Disk;
using RaftEngine.Snapshots;
using RaftEngine.Storage;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests.Recovery;

/// <summary>A new cluster continues from a backup; a node starts from a complete restore and refuses an incomplete
/// one.</summary>
public sealed class RestoreTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string BackupPath => _directory.Sub("backup");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_cluster_of_three_goes_on_from_a_backup_of_another_under_load()
    {
        InMemoryNetwork network = new();
        string[] commands;
        RaftBackup backup;
        await using (TestCluster old = new(3, network.CreateTransport, BackupSamples.Patient))
        {
            await old.StartAsync();
            RaftNode<int> leader = await old.LeaderAsync();
            Task<Applied<int>>[] load = [.. Enumerable.Range(0, 2000).Select(i => leader.ProposeAsync(Encoding.UTF8.GetBytes($"{i}")).AsTask())];
            await load[500];
            RaftNode<int> follower = await Eventually.NotNull(() => old.Nodes.Values.FirstOrDefault(node => node != leader && node.Status.AppliedIndex > 0), "a follower applies");
            backup = await follower.BackupAsync(BackupPath);
            await Task.WhenAll(load);
            await old.ConvergeAsync();
            commands = old.StateMachines[1].Commands;
        }

        string[] restored = BackupSamples.StateOf(BackupPath);
        Assert.Equal(commands[..restored.Length], restored);
        Guid clusterId = Guid.NewGuid();
        await using TestCluster cluster = new(3, network.CreateTransport, options => BackupSamples.Patient(options) with { ClusterId = clusterId, Voters = [1] });
        Configuration members = new([new Member(1, MemberRoles.Voter), Joining(2), Joining(3)]);
        Assert.Equal(backup, await RaftRecovery.RestoreAsync(cluster.Options(1), BackupPath, members));
        RaftNode<int> first = await cluster.StartAsync(1);
        Assert.Equal(restored, cluster.StateMachines[1].Commands);
        Assert.Equal((backup.Index, backup.Fingerprint, true), (first.Status.SnapshotIndex, first.Status.Fingerprint, first.Status.Configuration?.IsImposed));
        await cluster.StartAsync(2);
        await cluster.StartAsync(3);
        await Eventually.True(() => first.Status.Configuration is { IsJoint: false, Voters.Length: 3 }, () => $"all vote: {first.Status}");
        await cluster.ProposeAsync("after");
        await cluster.ConvergeAsync();

        Assert.All(cluster.Ids, id => Assert.Equal([.. restored, "after"], cluster.StateMachines[id].Commands));
        Assert.False(first.Status.Configuration?.IsImposed);
        Assert.True(first.Status.Term > backup.Term);
        await first.DisposeAsync();
        cluster.Nodes.Remove(1);
        await cluster.ProposeAsync("without the first");
        await cluster.ConvergeAsync();
    }

    [Fact]
    public async Task The_restored_node_restarts_and_others_are_added_by_a_change_of_members()
    {
        InMemoryNetwork network = new();
        await BackupSamples.TakeAsync(BackupPath, "one", "two");
        Guid clusterId = Guid.NewGuid();
        await using TestCluster cluster = new(2, network.CreateTransport, options => BackupSamples.Patient(options) with { ClusterId = clusterId, Voters = [1] });
        await RaftRecovery.RestoreAsync(cluster.Options(1), BackupPath);
        await (await cluster.StartAsync(1)).DisposeAsync();
        RaftNode<int> node = await cluster.StartAsync(1);
        await cluster.StartAsync(2);
        await Eventually.True(
            () => node.Status is { Role: RaftRole.Leader } status && status.CommitIndex == status.LastIndex && status.AppliedIndex == status.LastIndex, "it leads");
        await node.ProposeAsync("three"u8);
        await node.ChangeMembersAsync(new Configuration([new Member(1, MemberRoles.Voter), Joining(2)]));
        await Eventually.True(() => node.Status.Configuration is { IsJoint: false, Voters.Length: 2 }, "both vote");
        await cluster.ConvergeAsync();
        Assert.Equal(["one", "two", "three"], cluster.StateMachines[2].Commands);
    }

    [Fact]
    public async Task A_backup_with_a_flipped_byte_is_refused_and_nothing_is_made()
    {
        await BackupSamples.TakeAsync(BackupPath, "one", "two");
        RaftOptions options = NewOptions();
        byte[] bytes = await File.ReadAllBytesAsync(BackupPath);
        foreach (int i in (int[])[0, 8, 40, 60, 72, 90, bytes.Length / 2, bytes.Length - 1])
        {
            bytes[i] ^= 4;
            await File.WriteAllBytesAsync(BackupPath, bytes);
            await Assert.ThrowsAsync<SnapshotCorruptedException>(() => RaftRecovery.RestoreAsync(options, BackupPath));
            bytes[i] ^= 4;
        }

        Assert.False(Directory.Exists(options.DataDirectory));
        await Assert.ThrowsAsync<StorageFailedException>(() => RaftRecovery.RestoreAsync(options, _directory.Sub("missing")));
        Assert.False(Directory.Exists(options.DataDirectory));
    }

    [Fact]
    public async Task A_directory_that_is_not_empty_is_refused_and_left_as_it_is()
    {
        await BackupSamples.TakeAsync(BackupPath, "one");
        RaftOptions options = NewOptions();
        Directory.CreateDirectory(Path.Combine(options.DataDirectory, "anything"));
        DataDirectoryException refusal = await Assert.ThrowsAsync<DataDirectoryException>(() => RaftRecovery.RestoreAsync(options, BackupPath));
        Assert.Contains("'anything'", refusal.Message, StringComparison.Ordinal);
        Directory.Delete(Path.Combine(options.DataDirectory, "anything"));
        Directory.CreateDirectory(Path.Combine(options.DataDirectory, "lost+found")); // as in the root of a volume
        await RaftRecovery.RestoreAsync(options, BackupPath);
        string[] before = [.. Directory.GetFiles(options.DataDirectory).Order()];

        await Assert.ThrowsAsync<DataDirectoryException>(() => RaftRecovery.RestoreAsync(options with { ClusterId = Guid.NewGuid() }, BackupPath));
        Assert.Equal(before, Directory.GetFiles(options.DataDirectory).Order());
    }

    [Fact]
    public async Task What_could_mix_two_clusters_or_elect_a_node_without_the_state_is_refused()
    {
        RaftBackup backup = await BackupSamples.TakeAsync(BackupPath, "one");
        RaftOptions options = NewOptions();
        await Assert.ThrowsAsync<ArgumentException>(() => RaftRecovery.RestoreAsync(options with { ClusterId = backup.ClusterId }, BackupPath));
        await Assert.ThrowsAsync<ArgumentException>(() => RaftRecovery.RestoreAsync(options with { GroupId = 7 }, BackupPath));
        await Assert.ThrowsAsync<ArgumentException>(() => RaftRecovery.RestoreAsync(options with { Voters = [1, 2, 3] }, BackupPath));
        await Assert.ThrowsAsync<ArgumentException>(() => RaftRecovery.RestoreAsync(options, BackupPath, new Configuration(1, 2, 3)));
        await Assert.ThrowsAsync<ArgumentException>(() => RaftRecovery.RestoreAsync(options, BackupPath, new Configuration(2)));
        Assert.False(Directory.Exists(options.DataDirectory));
    }

    // Each request that the restore makes of the disk is refused once, and then the power fails: what is left is nothing, or refused by a start, or all of it.
    [Fact]
    public async Task A_restore_that_is_cut_short_leaves_nothing_or_what_a_start_refuses()
    {
        RaftBackup backup = await BackupSamples.TakeAsync(BackupPath, "one", "two");
        RaftOptions options = NewOptions();
        Dictionary<string, int> ends = [];
        for (int failing = 1; !RestoreUntil(failing, options, ends, backup); failing++)
        {
            Assert.True(failing < 500);
        }

        Assert.Equal(["all", "nothing", "refused"], ends.Keys.Order());
        Assert.True(ends["refused"] > 10);
    }

    private static Member Joining(ulong id) => new(id, MemberRoles.Learner | MemberRoles.Promotable);

    private static string WhatAStartFinds(FakeDisk disk, RaftOptions options, RaftBackup backup)
    {
        using (IStorageDirectory directory = disk.OpenDirectory())
        {
            if (directory.List().All(static name => name == DataDirectory.LockName))
            {
                return "nothing";
            }
        }

        ListStateMachine stateMachine = new();
        try
        {
            using DataDirectory data = DataDirectory.Open(disk.OpenDirectory(), RaftNode.LogOptionsOf(options));
            RestoredState start = StateRecovery.Restore(data, options, new ReplicatedState<int>(stateMachine));
            Assert.Equal(backup.Index, start.Index);
            Assert.Equal((backup.Index, backup.Fingerprint), (data.Log.LastIndex, data.Log.ChainAt(backup.Index)));
            Assert.Equal(backup.Term, data.HardState.Current.Term);
            Assert.Equal(data.Incarnation, start.Configuration.Find(1).Incarnation);
        }
        catch (DataDirectoryException refusal)
        {
            Assert.Contains("restore", refusal.Message, StringComparison.Ordinal);
            return "refused";
        }

        Assert.Equal(["one", "two"], stateMachine.Commands);
        return "all";
    }

    // False if a request was refused.
    private bool RestoreUntil(int failing, RaftOptions options, Dictionary<string, int> ends, RaftBackup backup)
    {
        foreach (int seed in (int[])[0, 1, 2, 3])
        {
            using FakeDisk disk = new(512 << 10) { FailingCall = failing };
            Exception? failure = Record.Exception(() => RaftRecovery.Restore(options, BackupPath, new Configuration(1), _ => disk.OpenDirectory()));
            Assert.True(failure is null or StorageFailedException, $"{failure}");
            disk.FailingCall = 0;
            Random random = new(seed);
            disk.LosePower(seed == 0 ? static _ => 0 : random.Next, bySector: seed % 2 == 1);
            string end = WhatAStartFinds(disk, options, backup);
            ends[end] = ends.GetValueOrDefault(end) + 1;
            if (failure is null)
            {
                Assert.Equal("all", end);
                return disk.Refused is null;
            }
        }

        return false;
    }

    private RaftOptions NewOptions() => BackupSamples.Patient(
        new RaftOptions { NodeId = 1, Voters = [1], ClusterId = Guid.NewGuid(), DataDirectory = _directory.Sub("restored") });
}
