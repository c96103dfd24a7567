using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using RaftEngine.Log;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests;

/// <summary>Nodes that acknowledge what is not on disk yet.</summary>
public sealed class RaftNodeUnsyncedTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(Durability.Interval)]
    [InlineData(Durability.None)]
    public async Task A_node_that_was_not_stopped_in_order_is_in_doubt_and_one_that_was_is_not(Durability durability)
    {
        string mark = Path.Combine(_directory.Sub("data"), DataDirectory.UnsyncedName);
        RaftNode<int> node = await StartAsync(durability);
        await node.ProposeAsync("kept"u8).AsTask().WaitAsync(Patience);
        Assert.False(node.Status.IsTailInDoubt);
        Assert.True(File.Exists(mark));
        await node.AbortAsync();
        Assert.True(File.Exists(mark));

        // Its own vote is every vote.
        node = await StartAsync(durability);
        await node.ProposeAsync("more"u8).AsTask().WaitAsync(Patience);
        Assert.False(node.Status.IsTailInDoubt);
        await node.DisposeAsync();
        Assert.False(File.Exists(mark));
    }

    [Fact]
    public void A_directory_stays_in_doubt_until_it_is_known_to_be_up_to_date_however_often_it_is_opened()
    {
        LogOptions options = new() { ClusterId = Guid.NewGuid(), GroupId = 0, NodeId = 1, SegmentSizeBytes = 64 << 10, MaxPayloadBytes = 1 << 10 };
        string path = _directory.Sub("directory");
        DataDirectory data = DataDirectory.Open(path, options);
        Assert.False(data.IsTailInDoubt);
        data.BeginUnsynced();
        data.Abandon();
        for (int i = 0; i < 2; i++)
        {
            data = DataDirectory.Open(path, options);
            Assert.True(data.IsTailInDoubt);
            data.Dispose();
        }

        data = DataDirectory.Open(path, options);
        data.IsTailInDoubt = false;
        data.Dispose();
        data = DataDirectory.Open(path, options);
        Assert.False(data.IsTailInDoubt);
        data.Dispose();
    }

    [Fact]
    public async Task A_node_that_syncs_first_is_never_in_doubt()
    {
        RaftNode<int> node = await StartAsync(Durability.Fsync);
        await node.ProposeAsync("kept"u8).AsTask().WaitAsync(Patience);
        Assert.DoesNotContain(DataDirectory.UnsyncedName, Directory.GetFiles(_directory.Sub("data")).Select(Path.GetFileName));
        await node.AbortAsync();
        await using RaftNode<int> again = await StartAsync(Durability.Fsync);
        Assert.False(again.Status.IsTailInDoubt);
    }

    private async Task<RaftNode<int>> StartAsync(Durability durability)
    {
        RaftNode<int> node = await RaftNode.StartAsync(
            new RaftOptions
            {
                NodeId = 1,
                Voters = [1],
                ClusterId = Guid.Parse("6f0c1d2e-3a4b-4c5d-8e6f-708192a3b4c5"),
                DataDirectory = _directory.Sub("data"),
                SegmentSizeBytes = 64 << 10,
                MaxCommandBytes = 16 << 10,
                Durability = durability,
            },
            new ListStateMachine(),
            new InMemoryNetwork().CreateTransport(1));
        await Eventually.True(() => node.Status.Role == RaftRole.Leader, "it leads");
        return node;
    }
}
