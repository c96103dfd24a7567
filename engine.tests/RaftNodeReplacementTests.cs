using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Protocol;
using RaftEngine.Tests.Support;
using RaftEngine.Tests.Transport;
using RaftEngine.Transport;
using Xunit;
using Xunit.Abstractions;

namespace RaftEngine.Tests;

/// <summary>All nodes of a cluster are replaced, one after the other, while clients write and read without a pause.</summary>
[Collection(RunsAlone.Name)]
public sealed class RaftNodeReplacementTests(ITestOutputHelper output)
{
    private static readonly TimeSpan ElectionTimeout = TimeSpan.FromSeconds(1);

    // A follower notices within two election timeouts that its leader is gone, and an election that splits no votes is over within one more, syncs and all.
    private static readonly TimeSpan OneElection = 3 * ElectionTimeout;

    // What a busy machine may add, on which five to six nodes, their disks and their clients share two processors.
    private static readonly TimeSpan SchedulingAllowance = TimeSpan.FromSeconds(2);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Five_nodes_are_replaced_one_by_one_over_tcp_and_no_caller_waits_for_longer_than_an_election(bool handsOver)
    {
        Dictionary<ulong, EndPoint> endPoints = FreePorts.EndPoints(10);
        await using TestCluster cluster = new(
            5,
            id => new TcpTransport(new TcpTransportOptions { ListenEndPoint = (IPEndPoint)endPoints[id], Peers = endPoints }),
            options => options with { ElectionTimeout = ElectionTimeout, HeartbeatInterval = TimeSpan.FromMilliseconds(50) });
        await cluster.StartAsync();
        await cluster.LeaderAsync();
        AvailabilityProbe probe = new();
        probe.Ask(Members(cluster, [.. Range(1)]));
        using CancellationTokenSource stop = new();
        Task clients = probe.RunAsync(stop.Token);
        await cluster.ProposeAsync("before"); // a leader that has committed nothing of its term yet changes no members
        int leadersRemoved = 0;

        for (ulong leaving = 1; leaving <= 5; leaving++)
        {
            ulong coming = leaving + 5;
            await cluster.StartAsync(coming);
            ulong[] voters = [.. Range(leaving + 1)];
            await cluster.ChangeAsync(new Configuration([.. Voters([leaving, .. voters[..^1]]), new Member(coming, MemberRoles.Learner | MemberRoles.Promotable)]));
            await Eventually.True(() => cluster.Leader?.Status.Configuration!.IsVoter(coming) == true, () => $"{coming} votes: {cluster.Leader?.Status}");
            probe.Ask(Members(cluster, [leaving, .. voters]));
            bool leads = cluster.Leader?.Status.NodeId == leaving;
            if (leads && handsOver)
            {
                await cluster.HandOverAsync(leaving, voters[^2]);
            }

            leadersRemoved += leads ? 1 : 0;
            await cluster.ChangeAsync(new Configuration([.. Voters(voters)]));
            await Eventually.True(() => cluster.Nodes[leaving].Status.Role != RaftRole.Leader, "a node that is not a member does not lead");
            probe.Ask(Members(cluster, voters));
            RaftNode<int> removed = cluster.Nodes[leaving];
            cluster.Nodes.Remove(leaving);
            await removed.DisposeAsync();
        }

        await Eventually.True(() => probe.Writes.Count > 50 && probe.Reads.Count > 50, "the clients were served for a while");
        await stop.CancelAsync();
        await clients.WaitAsync(TimeSpan.FromSeconds(30));
        output.WriteLine(
            $"{leadersRemoved} leaders removed; {probe.Writes.Count} writes, longest gap {probe.Writes.Longest.TotalMilliseconds:F0} ms; "
            + $"{probe.Reads.Count} reads, longest gap {probe.Reads.Longest.TotalMilliseconds:F0} ms, longest read {probe.LongestRead.TotalMilliseconds:F0} ms");
        Assert.NotEqual(0, leadersRemoved);
        Assert.InRange(probe.Writes.Longest, TimeSpan.Zero, OneElection + SchedulingAllowance);
        Assert.InRange(probe.Reads.Longest, TimeSpan.Zero, OneElection + SchedulingAllowance);
        Assert.InRange(probe.LongestRead, TimeSpan.Zero, OneElection + SchedulingAllowance);

        await cluster.ConvergeAsync();
        string[] commands = cluster.StateMachines[10].Commands;
        Assert.Equal(probe.Acknowledged, commands.Distinct().Count(command => IsWrite(command, probe.Acknowledged)));
        Assert.All(cluster.Nodes.Values, node => Assert.Equal("6 7 8 9 10", $"{node.Status.Configuration}"));
    }

    private static bool IsWrite(string command, int before) =>
        command.StartsWith("write ", StringComparison.Ordinal) && int.Parse(command["write ".Length..], System.Globalization.CultureInfo.InvariantCulture) < before;

    private static IEnumerable<ulong> Range(ulong first) => Enumerable.Range((int)first, 5).Select(static id => (ulong)id);

    private static IEnumerable<Member> Voters(IEnumerable<ulong> ids) => ids.Select(static id => new Member(id, MemberRoles.Voter));

    private static IEnumerable<(RaftNode<int> Node, ListStateMachine State)> Members(TestCluster cluster, ulong[] ids) =>
        ids.Select(id => (cluster.Nodes[id], cluster.StateMachines[id]));
}
