using System;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Protocol;
using RaftEngine.Snapshots;
using RaftEngine.Storage;
using RaftEngine.Tests.Storage;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests.Recovery;

/// <summary>A backup is what a node has applied, in one file that proves itself, and costs the node nothing but the writing.</summary>
public sealed class BackupTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly InMemoryNetwork _network = new();
    private readonly TemporaryDirectory _directory = new();

    private string BackupPath => _directory.Sub("backup");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_follower_is_backed_up_under_load_and_holds_up_no_command()
    {
        await using TestCluster cluster = new(3, _network.CreateTransport, BackupSamples.Patient);
        await cluster.StartAsync();
        RaftNode<int> leader = await cluster.LeaderAsync();
        RaftNode<int> follower = cluster.Nodes.Values.First(node => node != leader);
        for (int i = 0; i < 100; i++)
        {
            await leader.ProposeAsync(Encoding.UTF8.GetBytes($"before {i}"));
        }

        using ManualResetEventSlim writing = new();
        using ManualResetEventSlim goOn = new();
        cluster.StateMachines[follower.Status.NodeId].BeforeWriting = () =>
        {
            writing.Set();
            goOn.Wait();
        };
        await follower.ReadBarrierAsync();
        Task<RaftBackup> backingUp = follower.BackupAsync(BackupPath);
        await Eventually.True(() => writing.IsSet, "the state is being written");
        long during = 0;
        for (int i = 0; i < 100; i++)
        {
            during = (await leader.ProposeAsync(Encoding.UTF8.GetBytes($"during {i}")).AsTask().WaitAsync(Patience)).Index;
        }

        await Eventually.True(() => follower.Status.AppliedIndex >= during, "the follower applies meanwhile");
        Assert.False(backingUp.IsCompleted);
        goOn.Set();
        RaftBackup backup = await backingUp.WaitAsync(Patience);

        Assert.True(backup.Index < during);
        Assert.Equal(backup, await RaftRecovery.VerifyBackupAsync(BackupPath));
        Assert.Equal((cluster.Options(1).ClusterId, 0UL, new FileInfo(BackupPath).Length), (backup.ClusterId, backup.GroupId, backup.LengthInBytes));
        Assert.Equal("1 2 3", backup.Configuration.ToString());
        Assert.Equal(BackupPath, Assert.Single(Directory.GetFileSystemEntries(_directory.Path)));
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"before {i}"), BackupSamples.StateOf(BackupPath)[..100]);
        await cluster.ConvergeAsync();
    }

    [Fact]
    public async Task Each_backup_has_what_was_applied_when_it_was_asked_for()
    {
        await using TestCluster cluster = new(1, _network.CreateTransport, BackupSamples.Patient);
        await cluster.StartAsync();
        RaftNode<int> node = await cluster.LeaderAsync();
        for (int round = 0; round < 5; round++)
        {
            await node.ProposeAsync("command"u8);
            long applied = node.Status.AppliedIndex;
            Task<RaftBackup>[] several = [.. Enumerable.Range(0, 4).Select(i => node.BackupAsync(_directory.Sub($"{i}")))];
            foreach (RaftBackup backup in await Task.WhenAll(several).WaitAsync(Patience))
            {
                Assert.True(backup.Index >= applied);
            }

            Assert.Equal(round + 1, BackupSamples.StateOf(_directory.Sub("3")).Length);
        }

        RaftBackup last = await node.BackupAsync(BackupPath);
        RaftBackup again = await node.BackupAsync(BackupPath);
        Assert.Equal(last, again);
        Assert.Equal((node.Status.AppliedIndex, node.Status.Fingerprint), (last.Index, last.Fingerprint));
        Assert.Equal(last.Index, node.Status.SnapshotIndex);
    }

    [Fact]
    public async Task A_backup_notices_every_byte_that_is_not_as_it_was()
    {
        RaftBackup backup = await BackupSamples.TakeAsync(BackupPath, "one", "two");
        byte[] bytes = await File.ReadAllBytesAsync(BackupPath);
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= 1;
            await File.WriteAllBytesAsync(BackupPath, bytes);
            await Assert.ThrowsAsync<SnapshotCorruptedException>(() => RaftRecovery.VerifyBackupAsync(BackupPath));
            bytes[i] ^= 1;
        }

        await File.WriteAllBytesAsync(BackupPath, bytes[..^1]);
        await Assert.ThrowsAsync<SnapshotCorruptedException>(() => RaftRecovery.VerifyBackupAsync(BackupPath));
        await File.WriteAllBytesAsync(BackupPath, [.. bytes, 0]);
        await Assert.ThrowsAsync<SnapshotCorruptedException>(() => RaftRecovery.VerifyBackupAsync(BackupPath));
        await File.WriteAllBytesAsync(BackupPath, bytes);
        Assert.Equal(backup, await RaftRecovery.VerifyBackupAsync(BackupPath));
    }

    [Fact]
    public async Task What_cannot_be_backed_up_is_refused_and_the_node_goes_on()
    {
        await using TestCluster cluster = new(3, _network.CreateTransport, BackupSamples.Patient);
        RaftNode<int> alone = await cluster.StartAsync(1);
        RequestRefusedException nothing = await Assert.ThrowsAsync<RequestRefusedException>(() => alone.BackupAsync(BackupPath));
        Assert.Equal(RequestRefusal.NothingApplied, nothing.Reason);
        await cluster.StartAsync(2);
        await cluster.StartAsync(3);
        await cluster.ProposeAsync("one");
        await Eventually.True(() => alone.Status.AppliedIndex > 0, "something is applied");

        await Assert.ThrowsAsync<ArgumentException>(() => alone.BackupAsync(Path.Combine(cluster.DataDirectory(1), "backup")));
        await Assert.ThrowsAsync<StorageFailedException>(() => alone.BackupAsync(Path.Combine(_directory.Path, "missing", "backup")));
        using CancellationTokenSource cancelled = new();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => alone.BackupAsync(BackupPath, cancelled.Token));
        Assert.Empty(Directory.GetFileSystemEntries(_directory.Path));
        Assert.True((await alone.BackupAsync(BackupPath)).Index > 0);
        await alone.DisposeAsync();
        await Assert.ThrowsAsync<RaftStoppedException>(() => alone.BackupAsync(BackupPath));
    }

    [Fact]
    public async Task A_backup_replaces_nothing_but_a_file()
    {
        await using TestCluster cluster = new(1, _network.CreateTransport, BackupSamples.Patient);
        await cluster.StartAsync();
        RaftNode<int> node = await cluster.LeaderAsync();
        await node.ProposeAsync("one"u8);
        string victim = _directory.Sub("victim");
        await File.WriteAllTextAsync(victim, "kept");
        File.CreateSymbolicLink(_directory.Sub("link"), victim);
        File.CreateSymbolicLink(_directory.Sub("full"), "/dev/full");
        File.CreateSymbolicLink(_directory.Sub("dangling"), _directory.Sub("missing"));
        Directory.CreateDirectory(_directory.Sub("directory"));
        string[] before = [.. Directory.GetFileSystemEntries(_directory.Path).Order()];
        foreach (string target in (string[])["link", "full", "dangling", "directory"])
        {
            StorageFailedException e = await Assert.ThrowsAsync<StorageFailedException>(() => node.BackupAsync(_directory.Sub(target)).WaitAsync(Patience));
            Assert.Contains("not a regular file", e.Message, StringComparison.Ordinal);
        }

        await Assert.ThrowsAsync<StorageFailedException>(() => node.BackupAsync("/dev/full").WaitAsync(Patience));
        Assert.Equal(before, Directory.GetFileSystemEntries(_directory.Path).Order());
        Assert.Equal("kept", await File.ReadAllTextAsync(victim));
        Assert.False(File.Exists(_directory.Sub("missing")));
    }

    [Fact]
    public async Task A_state_machine_without_snapshots_cannot_be_backed_up()
    {
        RaftOptions options = BackupSamples.Patient(new RaftOptions { NodeId = 1, Voters = [1], ClusterId = Guid.NewGuid(), DataDirectory = _directory.Sub("data") });
        await using RaftNode<long> node = await RaftNode.StartAsync(options, new GatedStateMachine(), _network.CreateTransport(1));

        NotSupportedException refusal = await Assert.ThrowsAsync<NotSupportedException>(() => node.BackupAsync(BackupPath));
        Assert.Contains("ISnapshotStateMachine", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disk_without_room_for_the_snapshot_fails_the_backup_and_not_the_node()
    {
        RaftOptions options = BackupSamples.Patient(new RaftOptions { NodeId = 1, Voters = [1], ClusterId = Guid.NewGuid(), DataDirectory = _directory.Sub("data") });
        FailingDirectory disk = new(FileSystemDirectory.OpenOrCreate(options.DataDirectory));
        await using RaftNode<int> node = await RaftNode.StartOnAsync(options, new ListStateMachine(), _network.CreateTransport(1), () => disk);
        await Eventually.True(() => node.Status.AppliedIndex > 0 && node.Status.Configuration?.Find(1).Incarnation is > 0, "it leads");
        disk.IsFull = true;
        StorageFailedException failure = await Assert.ThrowsAsync<StorageFailedException>(() => node.BackupAsync(BackupPath));
        Assert.True(failure.IsOutOfSpace);
        Assert.False(File.Exists(BackupPath));

        disk.IsFull = false;
        await node.ProposeAsync("goes on"u8);
        await node.BackupAsync(BackupPath);
        Assert.Equal(["goes on"], BackupSamples.StateOf(BackupPath));
    }

    [Fact]
    public async Task A_backup_that_waits_when_the_node_stops_ends()
    {
        await using TestCluster cluster = new(1, _network.CreateTransport, BackupSamples.Patient);
        await cluster.StartAsync();
        RaftNode<int> node = await cluster.LeaderAsync();
        await node.ProposeAsync("one"u8);
        using ManualResetEventSlim writing = new();
        using ManualResetEventSlim goOn = new();
        cluster.StateMachines[1].BeforeWriting = () =>
        {
            writing.Set();
            goOn.Wait();
        };
        Task<RaftBackup> backingUp = node.BackupAsync(BackupPath);
        await Eventually.True(() => writing.IsSet, "the state is being written");
        Task stopped = node.DisposeAsync().AsTask();
        await Assert.ThrowsAsync<RaftStoppedException>(() => backingUp.WaitAsync(Patience));
        goOn.Set();
        await stopped.WaitAsync(Patience);
    }
}
