using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Threading.Tasks;
using RaftEngine.Tests.Support;
using RaftEngine.Tests.Transport;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests;

/// <summary>
/// Three nodes behind links of 4 Mbit/s each: a command of the default largest size takes two seconds, longer than the longest wait for a leader. (That is 1.4 s here; with the
/// default options it begins at 0.6 s, which a busy machine may take for itself.)
/// </summary>
[Collection(RunsAlone.Name)]
public sealed class RaftNodeSlowLinkTests : IDisposable
{
    private const double BytesPerSecond = 500_000;

    private readonly List<SlowLink> _links = [];

    public void Dispose() => _links.ForEach(static link => link.Dispose());

    [Fact]
    public async Task A_largest_command_on_slow_links_commits_in_the_term_in_which_it_was_proposed_and_small_ones_go_on()
    {
        await using TestCluster cluster = await StartAsync(options => new RaftOptions
        {
            NodeId = options.NodeId,
            Voters = options.Voters,
            ClusterId = options.ClusterId,
            DataDirectory = options.DataDirectory,
        });
        RaftNode<int> leader = await cluster.LeaderAsync();
        long term = leader.Status.Term;
        Task<Applied<int>> large = leader.ProposeAsync(new byte[1_000_000]).AsTask();
        int small = 0;
        while (!large.IsCompleted)
        {
            await leader.ProposeAsync(new byte[100]).AsTask().WaitAsync(TimeSpan.FromSeconds(20));
            small++;
        }

        await large;
        Assert.True(small > 0);
        Assert.Equal((RaftRole.Leader, term), (leader.Status.Role, leader.Status.Term));
        Assert.All(cluster.Nodes.Values, node => Assert.Equal(term, node.Status.Term));
    }

    [Fact]
    public async Task A_snapshot_over_a_slow_link_arrives_and_leaves_the_leader_in_place()
    {
        await using TestCluster cluster = await StartAsync(options => options with
        {
            SegmentSizeBytes = 64 << 10,
            MaxCommandBytes = 16 << 10,
            SnapshotLogBytes = 128 << 10,
            RetainedLogBytes = 32 << 10,
        });
        RaftNode<int> leader = await cluster.LeaderAsync();
        ulong away = cluster.Ids.First(id => id != leader.Status.NodeId);
        await cluster.Nodes[away].DisposeAsync();
        cluster.Nodes.Remove(away);
        for (int i = 0; i < 100 || cluster.Leader!.Status.FirstIndex < 50; i++)
        {
            await cluster.ProposeAsync(new string('x', 10_000));
        }

        leader = await cluster.LeaderAsync();
        long term = leader.Status.Term;
        RaftNode<int> node = await cluster.StartAsync(away);
        await cluster.ConvergeAsync();
        Assert.True(node.Status.FirstIndex > 1);
        Assert.Equal((RaftRole.Leader, term), (leader.Status.Role, leader.Status.Term));
    }

    private async Task<TestCluster> StartAsync(Func<RaftOptions, RaftOptions> options)
    {
        Dictionary<ulong, EndPoint> endPoints = FreePorts.EndPoints(3);
        TestCluster cluster = new(
            3,
            id =>
            {
                Dictionary<ulong, EndPoint> peers = endPoints.ToDictionary(peer => peer.Key, peer => peer.Key == id ? peer.Value : Link(peer.Value));
                return new TcpTransport(new TcpTransportOptions { ListenEndPoint = (IPEndPoint)endPoints[id], Peers = peers });
            },
            chosen => options(chosen) with { ElectionTimeout = TimeSpan.FromSeconds(0.7), MaxElectionTimeout = TimeSpan.FromSeconds(0.7) });
        await cluster.StartAsync();
        await cluster.ProposeAsync("first");
        return cluster;
    }

    private EndPoint Link(EndPoint target)
    {
        SlowLink link = new(target, BytesPerSecond);
        _links.Add(link);
        return link.EndPoint;
    }
}
