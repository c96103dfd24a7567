using System;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests;

/// <summary>Client sessions: a command of a session is applied once, even if the leader changes or messages are
/// lost.</summary>
public sealed class RaftNodeSessionTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly InMemoryNetwork _network = new();

    [Fact]
    public async Task A_command_that_is_sent_again_to_the_next_leader_is_applied_once_and_gets_the_first_result()
    {
        await using TestCluster cluster = new(3, _network.CreateTransport);
        await cluster.StartAsync();
        long session = await OpenSessionAsync(cluster);
        long other = await OpenSessionAsync(cluster);
        Applied<int> first = await RetryAsync(cluster, new SessionSequence(session, 1, 1), "once");
        RaftNode<int> old = await cluster.LeaderAsync();
        await old.AbortAsync();
        cluster.Nodes.Remove(old.Status.NodeId);
        await RetryAsync(cluster, new SessionSequence(other, 1, 1), "between");

        Assert.Equal(first, await RetryAsync(cluster, new SessionSequence(session, 1, 1), "once"));
        await cluster.ConvergeAsync();
        Assert.All(cluster.Nodes.Keys, id => Assert.Equal(["once", "between"], cluster.StateMachines[id].Commands));
    }

    [Fact]
    public async Task A_try_whose_outcome_is_unknown_and_the_next_one_are_one_command()
    {
        await using TestCluster cluster = new(3, _network.CreateTransport);
        await cluster.StartAsync();
        long session = await OpenSessionAsync(cluster);
        for (int sequence = 1; sequence <= 3;)
        {
            RaftNode<int> old = await cluster.LeaderAsync();
            _network.Isolate(old.Status.NodeId);
            Task<Applied<int>> lost = old.ProposeAsync(new SessionSequence(session, sequence, sequence), Encoding.UTF8.GetBytes($"{sequence}")).AsTask();
            await Eventually.True(() => cluster.Leader is { } leader && leader != old, "the others elect a leader");
            Exception? end = await Record.ExceptionAsync(() => lost.WaitAsync(Patience));
            _network.Rejoin(old.Status.NodeId);
            if (end is NotLeaderException)
            {
                continue; // it had stepped down before it took the command: not what is looked at here
            }

            Assert.IsType<OutcomeUnknownException>(end);
            await RetryAsync(cluster, new SessionSequence(session, sequence, sequence), $"{sequence}");
            sequence++;
        }

        await cluster.ConvergeAsync();
        Assert.All(cluster.StateMachines.Values, state => Assert.Equal(["1", "2", "3"], state.Commands));
    }

    [Fact]
    public async Task Sessions_are_in_snapshots_through_a_restart_and_at_a_follower_that_got_one()
    {
        await using TestCluster cluster = new(3, _network.CreateTransport, Small);
        await cluster.StartAsync();
        RaftNode<int> leader = await cluster.LeaderAsync();
        ulong away = cluster.Ids.First(id => id != leader.Status.NodeId);
        await cluster.Nodes[away].DisposeAsync();
        cluster.Nodes.Remove(away);
        long session = await leader.OpenSessionAsync(Hour);
        Applied<int> first = await leader.ProposeAsync(new SessionSequence(session, 1, 1), "once"u8);
        byte[] filler = Encoding.UTF8.GetBytes(new string('x', 4000));
        while (cluster.Nodes.Values.Min(static node => node.Status.FirstIndex) <= first.Index)
        {
            await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => leader.ProposeAsync(filler).AsTask()));
        }

        RaftNode<int> back = await cluster.StartAsync(away);
        await Eventually.True(() => back.Status.SnapshotIndex > first.Index && back.Status.AppliedIndex == leader.Status.LastIndex, "it has the snapshot");
        await cluster.HandOverAsync(leader.Status.NodeId, away);
        Assert.Equal(first, await RetryAsync(cluster, new SessionSequence(session, 1, 1), "once"));

        foreach (ulong id in cluster.Ids)
        {
            await cluster.Nodes[id].DisposeAsync();
            await cluster.StartAsync(id);
        }

        Assert.Equal(first, await RetryAsync(cluster, new SessionSequence(session, 1, 1), "once"));
        await cluster.ConvergeAsync();
        Assert.Single(cluster.StateMachines[away].Commands, "once");
    }

    [Fact]
    public async Task A_session_that_nothing_is_heard_of_expires_and_one_that_is_kept_does_not()
    {
        await using TestCluster cluster = new(1, _network.CreateTransport);
        await cluster.StartAsync();
        RaftNode<int> node = await cluster.LeaderAsync();
        long kept = await node.OpenSessionAsync(Hour);
        long quiet = await node.OpenSessionAsync(TimeSpan.FromSeconds(2)); // long enough for the first command, whatever else the machine does
        await node.ProposeAsync(new SessionSequence(quiet, 1, 1), "a"u8);
        await Task.Delay(2050);

        SessionRefusedException refused = await Assert.ThrowsAsync<SessionRefusedException>(async () => await node.ProposeAsync(new SessionSequence(quiet, 2, 1), "b"u8));
        Assert.Equal((SessionRefusal.Expired, quiet, 2L), (refused.Reason, refused.SessionId, refused.Sequence));
        await Assert.ThrowsAsync<SessionRefusedException>(async () => await node.KeepSessionAsync(quiet));
        await node.KeepSessionAsync(kept);
        await node.CloseSessionAsync(quiet);
        await node.CloseSessionAsync(kept);
        await Assert.ThrowsAsync<SessionRefusedException>(async () => await node.KeepSessionAsync(kept));
        Assert.Equal(["a"], cluster.StateMachines[1].Commands);
    }

    [Fact]
    public async Task The_logs_time_goes_on_from_where_it_was_after_a_restart_and_not_while_there_is_no_leader()
    {
        await using TestCluster cluster = new(1, _network.CreateTransport);
        RaftNode<int> node = await cluster.StartAsync(1);
        await cluster.LeaderAsync();
        long session = await node.OpenSessionAsync(TimeSpan.FromSeconds(20));
        await Task.Delay(200);
        await node.KeepSessionAsync(session);
        await node.DisposeAsync();
        node = await cluster.StartAsync(1);
        await cluster.LeaderAsync();

        await node.ProposeAsync(new SessionSequence(session, 1, 1), "a"u8);
        Assert.Equal(["a"], cluster.StateMachines[1].Commands);
    }

    [Fact]
    public async Task There_are_no_more_sessions_than_there_may_be()
    {
        await using TestCluster cluster = new(1, _network.CreateTransport, static options => options with { MaxSessions = 2 });
        await cluster.StartAsync();
        RaftNode<int> node = await cluster.LeaderAsync();
        long first = await node.OpenSessionAsync(Hour);
        await node.OpenSessionAsync(Hour);

        SessionRefusedException refused = await Assert.ThrowsAsync<SessionRefusedException>(async () => await node.OpenSessionAsync(Hour));
        Assert.Equal(SessionRefusal.TooManySessions, refused.Reason);
        await node.CloseSessionAsync(first);
        await node.OpenSessionAsync(Hour);
    }

    [Fact]
    public async Task What_names_no_command_of_a_session_is_refused_before_it_is_sent()
    {
        await using TestCluster cluster = new(1, _network.CreateTransport);
        await cluster.StartAsync();
        RaftNode<int> node = await cluster.LeaderAsync();
        long session = await node.OpenSessionAsync(Hour);
        byte[] largest = new byte[cluster.Options(1).MaxCommandBytes];
        Array.Fill(largest, (byte)'x');

        foreach (SessionSequence unsound in (SessionSequence[])[default, new(session, 0, 0), new(session, 1, 2), new(session, 65, 1), new(-1, 1, 1)])
        {
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await node.ProposeAsync(unsound, "a"u8));
        }

        await Assert.ThrowsAsync<ArgumentException>(async () => await node.ProposeAsync(new SessionSequence(session, 1, 1), new byte[largest.Length + 1]));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await node.OpenSessionAsync(TimeSpan.Zero));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await node.KeepSessionAsync(0));
        await node.ProposeAsync(new SessionSequence(session, 1, 1), largest);
        await node.ProposeAsync(new SessionSequence(session, 65, 2), "a"u8);
        Assert.Equal(2, cluster.StateMachines[1].Commands.Length);
        await Assert.ThrowsAsync<SessionRefusedException>(async () => await node.ProposeAsync(new SessionSequence(session, 1, 1), largest));
    }

    private static RaftOptions Small(RaftOptions options) => options with
    {
        SegmentSizeBytes = 64 << 10,
        MaxCommandBytes = 16 << 10,
        SnapshotLogBytes = 128 << 10,
        RetainedLogBytes = 32 << 10,
        ElectionTimeout = TimeSpan.FromSeconds(1), // a busy machine makes no other leader in the middle of a test
    };

    private static async Task<long> OpenSessionAsync(TestCluster cluster)
    {
        while (true)
        {
            try
            {
                return await (await cluster.LeaderAsync()).OpenSessionAsync(Hour).AsTask().WaitAsync(Patience);
            }
            catch (Exception exception) when (exception is NotLeaderException or OutcomeUnknownException)
            {
                await Task.Delay(5);
            }
        }
    }

    // What a client does: the same command of the same sequence, until it is known to be applied.
    private static async Task<Applied<int>> RetryAsync(TestCluster cluster, SessionSequence sequence, string command)
    {
        while (true)
        {
            try
            {
                return await (await cluster.LeaderAsync()).ProposeAsync(sequence, Encoding.UTF8.GetBytes(command)).AsTask().WaitAsync(Patience);
            }
            catch (Exception exception) when (exception is NotLeaderException or OutcomeUnknownException or ObjectDisposedException)
            {
                await Task.Delay(5);
            }
        }
    }
}
