using System;
using System.Collections.Generic;
using System.Diagnostics.Metrics;
using System.Linq;
using System.Threading.Tasks;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests;

/// <summary>What a node measures and chooses is there to be seen: in its status, of each peer, and as metrics.</summary>
public sealed class RaftNodePaceTests
{
    private const ulong Group = 4711; // other tests' nodes are in this process, too

    [Fact]
    public async Task A_leader_shows_what_it_has_measured_and_chosen_and_metrics_say_the_same()
    {
        InMemoryNetwork network = new();
        await using TestCluster cluster = new(3, network.CreateTransport, static options => options with { GroupId = Group, ElectionTimeout = TimeSpan.FromSeconds(1) });
        await cluster.StartAsync();
        RaftNode<int> leader = await cluster.LeaderAsync();
        Assert.All(cluster.Nodes.Values.Where(node => node != leader), static node => Assert.Empty(node.GetPeers()));
        do
        {
            await cluster.ProposeAsync("command");
        }
        while (leader.Status.BroadcastTime == TimeSpan.Zero || leader.GetPeers().Any(static peer => peer.HoldTime == TimeSpan.Zero || peer.BytesPerSecond == 0));

        RaftStatus status = leader.Status;
        Assert.InRange(status.ElectionTimeout, cluster.Options(1).ElectionTimeout, cluster.Options(1).LongestElectionTimeout);
        RaftPeerStatus[] peers = leader.GetPeers();
        Assert.Equal(cluster.Ids.Where(id => id != status.NodeId), peers.Select(static peer => peer.NodeId));
        Assert.All(peers, peer =>
        {
            Assert.InRange(peer.WindowMessages, 8, cluster.Options(1).MaxInflightMessages);
            Assert.InRange(peer.WindowBytes, 256 << 10, cluster.Options(1).MaxInflightBytes);
            Assert.InRange(peer.MatchIndex, 1, leader.Status.LastIndex);
        });

        Dictionary<string, double> metrics = Collect(status.NodeId, out HashSet<ulong> peerIds);
        Assert.Equal(3, metrics["raft.role"]);
        Assert.Equal(status.Term, metrics["raft.term"]);
        Assert.True(metrics["raft.broadcast_time"] > 0);
        Assert.InRange(metrics["raft.election_timeout"], cluster.Options(1).ElectionTimeout.TotalSeconds, cluster.Options(1).LongestElectionTimeout.TotalSeconds);
        Assert.True(metrics["raft.log.syncs"] > 0);
        Assert.Equal(peers.Select(static peer => peer.NodeId).Order(), peerIds.Order());

        await leader.DisposeAsync();
        Assert.Empty(Collect(status.NodeId, out _));
    }

    private static bool IsOf(Meter meter, string tag, ulong id) => meter.Tags!.Contains(new KeyValuePair<string, object?>(tag, (long)id));

    private static Dictionary<string, double> Collect(ulong nodeId, out HashSet<ulong> peerIds)
    {
        Dictionary<string, double> metrics = [];
        HashSet<ulong> ids = [];
        using MeterListener listener = new()
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "RaftEngine" && IsOf(instrument.Meter, "raft.node.id", nodeId) && IsOf(instrument.Meter, "raft.group.id", Group))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Take(instrument, value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Take(instrument, value, tags));
        listener.Start();
        listener.RecordObservableInstruments();
        peerIds = ids;
        return metrics;

        void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            metrics[instrument.Name] = value;
            foreach (KeyValuePair<string, object?> tag in tags)
            {
                ids.Add((ulong)(long)tag.Value!);
            }
        }
    }
}
