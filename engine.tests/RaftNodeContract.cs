using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Log;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests;

/// <summary>What a node promises, whatever carries its messages. Real files and real threads; inherited by a class for each transport.</summary>
public abstract class RaftNodeContract
{
    private protected abstract Func<ulong, IRaftTransport> Transports(int nodes);

    [Fact]
    public async Task A_cluster_elects_a_leader_and_every_replica_applies_the_same_commands_in_the_same_order()
    {
        await using TestCluster cluster = NewCluster(3);
        await cluster.StartAsync();

        Applied<int>[] applied = await Task.WhenAll(Enumerable.Range(0, 500).Select(i => cluster.ProposeAsync($"command {i}")));
        await cluster.ConvergeAsync();

        Assert.Equal(500, applied.Select(result => result.Index).Distinct().Count());
        string[] commands = cluster.StateMachines[1].Commands;
        Assert.All(Enumerable.Range(0, 500), i => Assert.Equal($"command {i}", commands[applied[i].Result]));
    }

    [Fact]
    public async Task A_single_node_is_a_cluster_of_its_own()
    {
        await using TestCluster cluster = NewCluster(1);
        await cluster.StartAsync();

        Assert.Equal(0, (await cluster.ProposeAsync("a")).Result);
        await cluster.Leader!.ReadBarrierAsync();
        Assert.Equal(["a"], cluster.StateMachines[1].Commands);
    }

    [Fact]
    public async Task A_follower_takes_no_command_and_names_the_leader()
    {
        await using TestCluster cluster = NewCluster(3, options => With(options, electionTimeout: TimeSpan.FromSeconds(2)));
        await cluster.StartAsync();
        RaftNode<int> leader = await cluster.LeaderAsync();
        RaftNode<int> follower = cluster.Nodes.Values.First(node => node != leader && node.Status.LeaderId == leader.Status.NodeId);

        NotLeaderException refused = await Assert.ThrowsAsync<NotLeaderException>(async () => await follower.ProposeAsync("x"u8));
        await Assert.ThrowsAsync<NotLeaderException>(async () => await follower.ReadBarrierAsync(ReadConsistency.Lease));

        Assert.Equal(leader.Status.NodeId, refused.LeaderId);
        await follower.ReadBarrierAsync(ReadConsistency.Local);
    }

    [Fact]
    public async Task A_read_barrier_sees_everything_acknowledged_before_it()
    {
        await using TestCluster cluster = NewCluster(3);
        await cluster.StartAsync();
        for (int i = 0; i < 50; i++)
        {
            await cluster.ProposeAsync($"{i}");
            RaftNode<int> reader = await cluster.ReadBarrierAsync();
            Assert.Contains($"{i}", cluster.StateMachines[reader.Status.NodeId].Commands);
        }
    }

    [Fact]
    public async Task What_was_acknowledged_survives_the_death_of_the_leader_who_then_catches_up()
    {
        await using TestCluster cluster = NewCluster(3);
        await cluster.StartAsync();
        List<string> acknowledged = [];
        for (int round = 0; round < 3; round++)
        {
            RaftNode<int> leader = await cluster.LeaderAsync();
            for (int i = 0; i < 10; i++)
            {
                string command = $"round {round} command {i}";
                await cluster.ProposeAsync(command);
                acknowledged.Add(command);
            }

            ulong lost = leader.Status.NodeId;
            await leader.AbortAsync();
            cluster.Nodes.Remove(lost);
            await cluster.ProposeAsync($"without {lost}");
            acknowledged.Add($"without {lost}");
            await cluster.StartAsync(lost);
        }

        await cluster.ConvergeAsync();
        Assert.Empty(acknowledged.Except(cluster.StateMachines[1].Commands));
    }

    [Fact]
    public async Task A_cluster_that_was_stopped_comes_back_with_its_log()
    {
        await using TestCluster cluster = NewCluster(3);
        await cluster.StartAsync();
        for (int i = 0; i < 10; i++)
        {
            await cluster.ProposeAsync($"{i}");
        }

        ulong before = await cluster.ConvergeAsync();
        foreach (RaftNode<int> node in cluster.Nodes.Values)
        {
            await node.DisposeAsync();
            Assert.True(node.Completion.IsCompletedSuccessfully);
        }

        await cluster.StartAsync();
        RaftNode<int> reader = await cluster.ReadBarrierAsync();

        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"{i}"), cluster.StateMachines[reader.Status.NodeId].Commands.Distinct());
        Assert.NotEqual(before, await cluster.ConvergeAsync()); // the new term's no-op came on top
    }

    [Theory]
    [InlineData(Durability.Interval)]
    [InlineData(Durability.None)]
    public async Task The_faster_modes_replicate_just_the_same(Durability durability)
    {
        await using TestCluster cluster = NewCluster(3, options => With(options, durability: durability));
        await cluster.StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 300).Select(i => cluster.ProposeAsync($"{i}")));
        await cluster.ConvergeAsync();

        Assert.Equal(300, cluster.StateMachines[2].Commands.Distinct().Count());
        if (durability == Durability.Interval)
        {
            await Eventually.True(() => cluster.Nodes.Values.All(node => node.Status.DurableIndex == node.Status.LastIndex), "the interval's sync");
        }
    }

    [Fact]
    public async Task An_overload_is_refused_before_it_is_appended()
    {
        await using TestCluster cluster = NewCluster(1, options => With(options, maxInflightProposals: 4));
        await cluster.StartAsync();
        RaftNode<int> leader = await cluster.LeaderAsync();

        Task<Applied<int>>[] proposals = [.. Enumerable.Range(0, 2000).Select(i => leader.ProposeAsync(Encoding.UTF8.GetBytes($"{i}")).AsTask())];
        await Task.WhenAny(Task.WhenAll(proposals), Task.Delay(Timeout.Infinite, CancellationToken.None));

        int refused = proposals.Count(proposal => proposal.Exception?.InnerException is RaftOverloadedException { Bound: nameof(RaftOptions.MaxInflightProposals), Limit: 4 });
        Assert.NotEqual(0, refused);
        Assert.Equal(2000 - refused, cluster.StateMachines[1].Commands.Length);
    }

    [Fact]
    public async Task Cancelling_before_the_call_proposes_nothing_and_after_it_only_ends_the_wait()
    {
        await using TestCluster cluster = NewCluster(1);
        await cluster.StartAsync();
        RaftNode<int> leader = await cluster.LeaderAsync();
        using CancellationTokenSource source = new();
        ValueTask<Applied<int>> late = leader.ProposeAsync("late"u8, source.Token);
        await source.CancelAsync();
        ValueTask<Applied<int>> never = leader.ProposeAsync("never"u8, source.Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await never);
        try
        {
            await late;
        }
        catch (OperationCanceledException)
        {
            // It may have been applied before the cancellation came: both are right.
        }

        await Eventually.True(() => cluster.StateMachines[1].Commands.Contains("late"), "the command whose wait was cancelled is applied");
        Assert.DoesNotContain("never", cluster.StateMachines[1].Commands);
    }

    [Fact]
    public async Task A_command_that_is_too_long_is_an_argument_error()
    {
        await using TestCluster cluster = NewCluster(1);
        await cluster.StartAsync();
        RaftNode<int> leader = await cluster.LeaderAsync();

        await Assert.ThrowsAsync<ArgumentException>(async () => await leader.ProposeAsync(new byte[(64 << 10) + 1]));
        Assert.Equal(0, (await leader.ProposeAsync(new byte[64 << 10])).Result);
    }

    [Fact]
    public async Task A_stopped_node_takes_nothing_and_stopping_again_is_harmless()
    {
        await using TestCluster cluster = NewCluster(1);
        await cluster.StartAsync();
        RaftNode<int> node = await cluster.LeaderAsync();
        await node.ProposeAsync("a"u8);
        await node.DisposeAsync();
        await node.DisposeAsync();
        await node.AbortAsync();

        await Assert.ThrowsAsync<RaftStoppedException>(async () => await node.ProposeAsync("b"u8));
        await Assert.ThrowsAsync<RaftStoppedException>(async () => await node.ReadBarrierAsync());
        Assert.True(node.Completion.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Every_proposal_ends_however_the_node_ends()
    {
        for (int round = 0; round < 5; round++)
        {
            await using TestCluster cluster = NewCluster(1);
            await cluster.StartAsync();
            RaftNode<int> node = await cluster.LeaderAsync();
            using CancellationTokenSource stop = new();
            Task[] callers = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    try
                    {
                        await node.ProposeAsync("x"u8);
                    }
                    catch (Exception exception) when (exception is NotLeaderException or OutcomeUnknownException or ObjectDisposedException)
                    {
                        await Task.Yield();
                    }
                }
            }))];
            await Task.Delay(20);
            await (round % 2 == 0 ? node.AbortAsync() : node.DisposeAsync());
            await stop.CancelAsync();
            await Task.WhenAll(callers).WaitAsync(TimeSpan.FromSeconds(20));
        }
    }

    [Fact]
    public async Task A_state_machine_that_throws_stops_its_node_and_says_why()
    {
        await using TestCluster cluster = NewCluster(1);
        await cluster.StartAsync();
        RaftNode<int> node = await cluster.LeaderAsync();
        await Assert.ThrowsAsync<OutcomeUnknownException>(async () => await node.ProposeAsync("poison"u8));

        StateMachineFailedException cause = await Assert.ThrowsAsync<StateMachineFailedException>(() => node.Completion);
        Assert.Equal("poisoned", cause.InnerException?.Message);
        Assert.Same(cause, node.Status.Failure);
    }

    [Fact]
    public async Task A_replica_whose_log_was_exchanged_stops_instead_of_differing_in_silence()
    {
        await using TestCluster cluster = NewCluster(3);
        await cluster.StartAsync();
        await cluster.ProposeAsync("one");
        await cluster.ProposeAsync("two");
        await cluster.ConvergeAsync();
        RaftNode<int> victim = cluster.Nodes.Values.First(node => node.Status.Role != RaftRole.Leader);
        RaftStatus status = victim.Status;
        ulong id = status.NodeId;
        await victim.DisposeAsync();
        Forge(cluster.Options(id), status);

        RaftNode<int> forged = await cluster.StartAsync(id);
        LogDivergenceException divergence = await Assert.ThrowsAsync<LogDivergenceException>(() => forged.Completion.WaitAsync(TimeSpan.FromSeconds(20)));
        cluster.Nodes.Remove(id);

        Assert.InRange(divergence.Index, 1, status.LastIndex);
        await cluster.ProposeAsync("three"); // the others go on
    }

    [Fact]
    public async Task A_directory_in_use_is_refused()
    {
        await using TestCluster cluster = NewCluster(1);
        await cluster.StartAsync();

        await Assert.ThrowsAsync<DataDirectoryException>(async () => await RaftNode.StartAsync(
            cluster.Options(1), new ListStateMachine(), new InMemoryNetwork().CreateTransport(1)));
    }

    private protected static RaftOptions With(
        RaftOptions options,
        Durability durability = Durability.Fsync,
        int? maxInflightProposals = null,
        int? maxInflightMessages = null,
        TimeSpan? electionTimeout = null) => options with
        {
            Durability = durability,
            SyncInterval = TimeSpan.FromMilliseconds(10),
            MaxInflightProposals = maxInflightProposals ?? options.MaxInflightProposals,
            MaxInflightMessages = maxInflightMessages ?? options.MaxInflightMessages,
            ElectionTimeout = electionTimeout ?? options.ElectionTimeout,
        };

    /// <summary>What all nodes are started with, whatever else a test asks for.</summary>
    private protected virtual RaftOptions Adapt(RaftOptions options) => options;

    private protected TestCluster NewCluster(int size, Func<RaftOptions, RaftOptions>? adjust = null) =>
        new(size, Transports(size), options => Adapt(adjust is null ? options : adjust(options)));

    /// <summary>Writes a log with the same indexes and terms, but other contents: what a wrongly restored backup looks like.</summary>
    private static void Forge(RaftOptions options, RaftStatus status)
    {
        LogOptions logOptions = new()
        {
            ClusterId = options.ClusterId,
            GroupId = options.GroupId,
            NodeId = options.NodeId,
            SegmentSizeBytes = options.SegmentSizeBytes,
            MaxPayloadBytes = options.MaxCommandBytes,
        };
        using DataDirectory directory = DataDirectory.Open(options.DataDirectory, logOptions);
        long term = directory.Log.TermAt(status.LastIndex); // another would be an ordinary conflict
        directory.Log.TruncateFrom(1);
        for (long index = 1; index <= status.LastIndex; index++)
        {
            directory.Log.Append(Protocol.EntryKind.Command, term, "forged"u8);
        }
    }
}
