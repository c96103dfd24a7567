using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Bench.Measuring;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests.Transport;

/// <summary>The thread pool is the host's: nothing that leadership rests on may wait for it.</summary>
[Collection(RunsAlone.Name)]
public sealed class BlockedThreadPoolTests : IDisposable
{
    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Theory]
    [InlineData("tcp")]
    [InlineData("select")]
    [InlineData("memory")]
    [InlineData("tls")]
    public async Task A_cluster_keeps_its_leader_and_commits_while_the_thread_pool_is_blocked(string transport)
    {
        Func<ulong, IRaftTransport> transports = Transports(transport);
        await using TestCluster cluster = new(3, transports, options => options with
        {
            ClusterId = Sample.Cluster,
            ElectionTimeout = TimeSpan.FromSeconds(2), // beyond what a busy machine takes for itself
            RunContinuationsAsynchronously = false, // so that results do not wait for the pool either
        });
        await cluster.StartAsync();
        await cluster.ProposeAsync("before");
        RaftNode<int> leader = await cluster.LeaderAsync();
        long term = leader.Status.Term;

        // On its own thread: here, this method may still run on the leader's apply thread, which has completed "before".
        await Task.Factory.StartNew(
            () => CommitWhileBlocked(leader), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        Assert.Equal((RaftRole.Leader, term), (leader.Status.Role, leader.Status.Term));
        await cluster.ConvergeAsync();
    }

    [Fact]
    public async Task A_node_stops_while_the_thread_pool_is_blocked()
    {
        await using TestCluster cluster = new(3, Transports("tcp"));
        await cluster.StartAsync();
        await cluster.ProposeAsync("before");

        using BlockedThreadPool blocked = new();
        List<ValueTask> stops = [.. cluster.Nodes.Values.Select(node => node.DisposeAsync())];
        BlockedThreadPool.Require(() => cluster.Nodes.Values.All(node => node.Completion.IsCompletedSuccessfully), "all nodes have stopped");
        Assert.Equal(3, stops.Count);
    }

    // Polls and registers no continuation, so no result has a reason to go through the pool.
    private static void CommitWhileBlocked(RaftNode<int> leader)
    {
        using BlockedThreadPool blocked = new();
        long until = Environment.TickCount64 + 3000; // longer than an election timeout
        for (int i = 0; i < 100 || Environment.TickCount64 < until; i++)
        {
            long before = leader.Status.AppliedIndex;
#pragma warning disable CA2012 // The result is taken once it is there.
            ValueTask<Applied<int>> command = leader.ProposeAsync("command"u8);
#pragma warning restore CA2012
            BlockedThreadPool.Require(() => leader.Status.AppliedIndex > before, $"command {i} was committed and applied");
            BlockedThreadPool.Require(() => command.IsCompleted, $"the result of command {i} came");
            Assert.InRange(command.GetAwaiter().GetResult().Index, before + 1, long.MaxValue);
            Thread.Sleep(5);
        }
    }

    private Func<ulong, IRaftTransport> Transports(string transport)
    {
        if (transport == "memory")
        {
            return new InMemoryNetwork().CreateTransport;
        }

        Dictionary<ulong, EndPoint> endPoints = FreePorts.EndPoints(3);
        return id =>
        {
            TlsCredentials credentials = _authority.CredentialsOf(Sample.Cluster, id);
            TcpTransportOptions options = new()
            {
                ListenEndPoint = (IPEndPoint)endPoints[id],
                Peers = endPoints,
                // So short a life that handshakes are made while the pool is blocked.
                Tls = transport == "tls" ? new TlsOptions { Credentials = () => credentials, MaxConnectionAge = TimeSpan.FromMilliseconds(500) } : null,
            };
            return transport == "select" ? new TcpTransport(options, static () => new SelectPoller()) : new TcpTransport(options);
        };
    }
}
