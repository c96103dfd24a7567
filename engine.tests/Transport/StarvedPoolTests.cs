using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;
using Xunit.Abstractions;

namespace RaftEngine.Tests.Transport;

/// <summary>
/// Measures the longest time without a commit while work items block the thread pool. RAFTENGINE_BLOCKED_ITEMS says
/// how many there are, and makes the test assert the stall that a quiet machine keeps, with the default timeouts.
/// </summary>
[Collection(RunsAlone.Name)]
public sealed class StarvedPoolTests(ITestOutputHelper output)
{
    private const int DefaultItems = 16;

    private static readonly TimeSpan ItemLength = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestStall = TimeSpan.FromSeconds(2); // a busy machine's own
    private static readonly TimeSpan LongestStallOfAQuietMachine = TimeSpan.FromMilliseconds(200);

    private static readonly int? Campaign =
        Environment.GetEnvironmentVariable("RAFTENGINE_BLOCKED_ITEMS") is { Length: > 0 } items
            ? int.Parse(items, CultureInfo.InvariantCulture)
            : null;

    [Fact]
    public async Task A_leader_goes_on_leading_and_committing_while_the_thread_pool_is_blocked()
    {
        Dictionary<ulong, EndPoint> endPoints = FreePorts.EndPoints(3);
        await using TestCluster cluster = new(
            3,
            id => new TcpTransport(new TcpTransportOptions { ListenEndPoint = (IPEndPoint)endPoints[id], Peers = endPoints }),
            static options => Campaign is null ? options with { ElectionTimeout = TimeSpan.FromSeconds(2) } : options);
        await cluster.StartAsync();
        RaftNode<int> leader = await cluster.LeaderAsync();
        RaftStatus before = leader.Status;
        ListStateMachine state = cluster.StateMachines[before.NodeId];
        ServiceGaps gaps = new();
        Exception? failure = null;
        Thread caller = new(() => failure = Record.Exception(() => CommitWhileBlocked(leader, state, gaps)));
        caller.Start();
        caller.Join();

        RaftStatus after = leader.Status;
        output.WriteLine(
            $"{gaps.Count} commits, longest stall {gaps.Longest.TotalMilliseconds:F0} ms; term {before.Term} then {after.Term}");
        Assert.Null(failure);
        Assert.Equal((RaftRole.Leader, before.Term), (after.Role, after.Term));
        Assert.InRange(gaps.Longest, TimeSpan.Zero, Campaign is null ? LongestStall : LongestStallOfAQuietMachine);
    }

    // Results may come through the pool, so this thread watches what is applied.
    private static void CommitWhileBlocked(RaftNode<int> leader, ListStateMachine state, ServiceGaps gaps)
    {
        using CountdownEvent blocked = new(Campaign ?? DefaultItems);
        for (int i = 0; i < blocked.InitialCount; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                static signal =>
                {
                    Thread.Sleep(ItemLength);
                    signal.Signal();
                },
                blocked,
                preferLocal: false);
        }

        gaps.Begin();
        while (!blocked.IsSet)
        {
            int applied = state.Applied;
            Task<Applied<int>> command = leader.ProposeAsync("command"u8).AsTask();
            BlockedThreadPool.Require(() => state.Applied > applied || command.IsFaulted, "the command is applied");
            Assert.False(command.IsFaulted, command.Exception?.ToString());
            gaps.Served();
        }

        gaps.End();
    }
}
