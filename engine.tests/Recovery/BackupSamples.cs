using System;
using System.Text;
using System.Threading.Tasks;
using RaftEngine.Recovery;
using RaftEngine.Sessions;
using RaftEngine.Snapshots;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;

namespace RaftEngine.Tests.Recovery;

/// <summary>Backups to test with.</summary>
internal static class BackupSamples
{
    /// <summary>A busy machine makes no other leader in the middle of a test.</summary>
    public static RaftOptions Patient(RaftOptions options) => options with
    {
        SegmentSizeBytes = 256 << 10,
        MaxCommandBytes = 16 << 10,
        ElectionTimeout = TimeSpan.FromSeconds(1),
    };

    /// <summary>Takes a backup of a cluster of one node that has applied some commands.</summary>
    public static async Task<RaftBackup> TakeAsync(string path, params string[] commands)
    {
        InMemoryNetwork network = new();
        await using TestCluster cluster = new(1, network.CreateTransport, options => Patient(options) with { ElectionTimeout = TimeSpan.FromMilliseconds(200) });
        await cluster.StartAsync();
        RaftNode<int> node = await cluster.LeaderAsync();
        foreach (string command in commands)
        {
            await node.ProposeAsync(Encoding.UTF8.GetBytes(command));
        }

        return await node.BackupAsync(path);
    }

    /// <summary>The commands that a backup's state consists of.</summary>
    public static string[] StateOf(string path)
    {
        ListStateMachine stateMachine = new();
        using SnapshotReader backup = BackupFile.Open(path);
        new ReplicatedState<int>(stateMachine).Restore(backup);
        return stateMachine.Commands;
    }
}
