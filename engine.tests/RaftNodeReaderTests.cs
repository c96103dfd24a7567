using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Pipeline;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests;

/// <summary>The log as a stream: each committed command once, in order, from any index that the log holds, and then live.</summary>
public sealed class RaftNodeReaderTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly InMemoryNetwork _network = new();

    [Fact]
    public async Task A_reader_sees_what_was_committed_before_and_what_comes_in_order_and_once()
    {
        await using TestCluster cluster = NewCluster(3, static options => options);
        await cluster.StartAsync();
        RaftNode<int> leader = await cluster.LeaderAsync();
        Task<List<string>>[] readers = [.. cluster.Nodes.Values.Select(static node => ReadAsync(node, 1, 400))];
        await ProposeAsync(leader, 0, 200);
        Task<List<string>> late = ReadAsync(leader, 1, 400);
        await ProposeAsync(leader, 200, 200);

        foreach (Task<List<string>> reader in (Task<List<string>>[])[.. readers, late])
        {
            Assert.Equal(Enumerable.Range(0, 400).Select(NameOf), await reader.WaitAsync(Patience));
        }
    }

    [Fact]
    public async Task A_consumer_that_dies_a_thousand_times_and_keeps_its_index_misses_nothing_and_sees_nothing_twice()
    {
        const int Kills = 1000;
        int seed = Random.Shared.Next();
        Random random = new(seed);
        await using TestCluster cluster = NewCluster(3, static options => Small(options) with { ReaderRetainedLogBytes = 1 << 30 });
        await cluster.StartAsync();
        RaftNode<int> leader = await cluster.LeaderAsync();
        await leader.ProposeAsync("first"u8.ToArray());
        foreach (RaftNode<int> node in cluster.Nodes.Values)
        {
            Assert.Equal("first", (await ReadAsync(node, 1, 1, "consumer")).Single());
        }

        using CancellationTokenSource over = new();
        Task<int> load = LoadAsync(leader, over.Token);
        List<string> seen = [];
        long index = 0;
        for (int kill = 0; kill < Kills; kill++)
        {
            RaftNode<int> node = cluster.Nodes[(ulong)random.Next(1, 4)];
            int life = random.Next(1, 20);
            await foreach (CommittedCommand command in node.ReadCommittedAsync(index + 1, "consumer", new CancellationTokenSource(Patience).Token))
            {
                Assert.True(command.Index > index, $"seed {seed}");
                seen.Add(Encoding.UTF8.GetString(command.Command.Span));
                index = command.Index;
                if (--life == 0)
                {
                    break;
                }
            }
        }

        await over.CancelAsync();
        await load;
        string[] applied = cluster.StateMachines[leader.Status.NodeId].Commands;
        Assert.Equal(applied.Take(seen.Count), seen);
        Assert.True(seen.Count >= Kills);
    }

    [Fact]
    public async Task A_reader_without_a_name_that_falls_behind_is_told_where_the_log_begins()
    {
        await using TestCluster cluster = NewCluster(1, Small);
        await cluster.StartAsync();
        RaftNode<int> node = await cluster.LeaderAsync();
        await ProposeAsync(node, 0, 10);
        await using IAsyncEnumerator<CommittedCommand> slow = node.ReadCommittedAsync(1).GetAsyncEnumerator();
        Assert.True(await slow.MoveNextAsync());
        int proposed = await ProposeUntilAsync(node, 10, status => status.FirstIndex > 500);

        LogCompactedException behind = await Assert.ThrowsAsync<LogCompactedException>(async () =>
        {
            while (await slow.MoveNextAsync().AsTask().WaitAsync(Patience))
            {
            }
        });
        LogCompactedException late = await Assert.ThrowsAsync<LogCompactedException>(() => ReadAsync(node, 1, 1));
        Assert.True(behind.FirstIndex > behind.Index);
        Assert.Equal((1, node.Status.FirstIndex), (late.Index, late.FirstIndex));
        Assert.Equal(NameOf(proposed - 1), (await ReadAsync(node, node.Status.LastIndex, 1)).Single());
    }

    [Fact]
    public async Task The_log_waits_for_a_named_reader_also_while_it_is_closed_until_it_is_forgotten()
    {
        await using TestCluster cluster = NewCluster(1, static options => Small(options) with { ReaderRetainedLogBytes = 1 << 30 });
        await cluster.StartAsync();
        RaftNode<int> node = await cluster.LeaderAsync();
        await ProposeAsync(node, 0, 10);
        Assert.Equal(NameOf(0), (await ReadAsync(node, 1, 1, "slow")).Single());
        long snapshots = node.Status.SnapshotIndex;
        int proposed = await ProposeUntilAsync(node, 10, status => status.SnapshotIndex > snapshots + 2000);

        Assert.Equal(1, node.Status.FirstIndex);
        Assert.Equal(Enumerable.Range(0, proposed).Select(NameOf), await ReadAsync(node, 1, proposed, "slow"));
        await Eventually.True(() => node.Status.FirstIndex > 1000, "the log is given up behind the reader");
        Assert.True(node.ForgetReader("slow"));
        Assert.False(node.ForgetReader("slow"));
    }

    [Fact]
    public async Task A_named_reader_holds_no_more_than_the_bound()
    {
        await using TestCluster cluster = NewCluster(1, static options => Small(options) with { ReaderRetainedLogBytes = 64 << 10 });
        await cluster.StartAsync();
        RaftNode<int> node = await cluster.LeaderAsync();
        await ProposeAsync(node, 0, 10);
        await using IAsyncEnumerator<CommittedCommand> slow = node.ReadCommittedAsync(1, "slow").GetAsyncEnumerator();
        Assert.True(await slow.MoveNextAsync());
        await ProposeUntilAsync(node, 10, status => status.FirstIndex > 1000);

        await Assert.ThrowsAsync<LogCompactedException>(async () =>
        {
            while (await slow.MoveNextAsync().AsTask().WaitAsync(Patience))
            {
            }
        });
    }

    [Fact]
    public async Task A_snapshot_that_replaces_the_log_ends_the_readers_behind_it_and_no_other()
    {
        await using TestCluster cluster = NewCluster(3, Small);
        await cluster.StartAsync();
        RaftNode<int> leader = await cluster.LeaderAsync();
        await ProposeAsync(leader, 0, 10);
        ulong id = cluster.Ids.First(id => id != leader.Status.NodeId);
        RaftNode<int> cut = cluster.Nodes[id];
        await Eventually.True(() => cut.Status.AppliedIndex == leader.Status.AppliedIndex, "all have all");
        _network.Isolate(id);
        Task<List<string>> behind = ReadAsync(cut, cut.Status.LastIndex + 1, 1, "behind"); // waits for what only the snapshot holds
        Task<List<string>> ahead = ReadAsync(cut, 20_000, 1);
        await ProposeUntilAsync(leader, 10, status => status.FirstIndex > 1000);
        Assert.False(behind.IsCompleted);
        _network.Rejoin(id);

        LogCompactedException compacted = await Assert.ThrowsAsync<LogCompactedException>(() => behind.WaitAsync(Patience));
        Assert.True(compacted.FirstIndex > 1000);
        Assert.False(ahead.IsCompleted);
        await ProposeAsync(leader, 9999, 1);
        Assert.Equal(NameOf(9999), (await ReadAsync(cut, compacted.FirstIndex, int.MaxValue, until: NameOf(9999)).WaitAsync(Patience))[^1]);
        await cut.DisposeAsync();
        await Assert.ThrowsAsync<RaftStoppedException>(() => ahead.WaitAsync(Patience));
    }

    [Fact]
    public async Task What_waits_ends_with_its_token_and_with_the_node()
    {
        await using TestCluster cluster = NewCluster(1, static options => options);
        await cluster.StartAsync();
        RaftNode<int> node = await cluster.LeaderAsync();
        using CancellationTokenSource source = new();
        Task<List<string>> cancelled = ReadAsync(node, 1000, 1, token: source.Token);
        Task<List<string>> waiting = ReadAsync(node, 1000, 1);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.WaitAsync(Patience));
        await node.DisposeAsync();

        await Assert.ThrowsAsync<RaftStoppedException>(() => waiting.WaitAsync(Patience));
        await Assert.ThrowsAsync<RaftStoppedException>(() => ReadAsync(node, 1, 1));
    }

    [Fact]
    public async Task Wrong_uses_say_what_is_wrong()
    {
        await using TestCluster cluster = NewCluster(1, static options => options);
        await cluster.StartAsync();
        RaftNode<int> node = await cluster.LeaderAsync();
        Assert.Throws<ArgumentOutOfRangeException>("fromIndex", () => node.ReadCommittedAsync(0));
        using CancellationTokenSource source = new();
        Task<List<string>>[] open = [.. Enumerable.Range(0, 64).Select(i => ReadAsync(node, 1000, 1, $"reader {i}", token: source.Token))];

        InvalidOperationException twice = await Assert.ThrowsAsync<InvalidOperationException>(() => ReadAsync(node, 1, 1, "reader 7"));
        Assert.Contains("'reader 7'", twice.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<RaftOverloadedException>(() => ReadAsync(node, 1, 1));
        await source.CancelAsync();
        foreach (Task<List<string>> reader in open)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reader.WaitAsync(Patience));
        }

        await Assert.ThrowsAsync<RaftOverloadedException>(() => ReadAsync(node, 1, 1)); // their names are held
        Assert.True(node.ForgetReader("reader 7"));
        await ProposeAsync(node, 0, 1);
        Assert.Equal(NameOf(0), (await ReadAsync(node, 1, 1)).Single());
    }

    [Fact]
    public void Readers_that_have_ended_do_not_count()
    {
        LogReaders readers = new(null!, static () => { }); // the log is the loop's to look at, which does not run here
        for (int i = 0; i < 10 * LogReaders.Most; i++)
        {
            readers.Close(readers.Open(1, null));
        }

        for (int i = 0; i < LogReaders.Most; i++)
        {
            readers.Open(1, null);
        }

        Assert.Throws<RaftOverloadedException>(() => readers.Open(1, null));
    }

    [Fact]
    public async Task Commands_of_sessions_carry_session_and_sequence()
    {
        await using TestCluster cluster = NewCluster(1, static options => options);
        await cluster.StartAsync();
        RaftNode<int> node = await cluster.LeaderAsync();
        long session = await node.OpenSessionAsync(TimeSpan.FromMinutes(1));
        await node.ProposeAsync(new SessionSequence(session, 1, 1), "by session"u8.ToArray());

        CommittedCommand command = default;
        await foreach (CommittedCommand first in node.ReadCommittedAsync(1))
        {
            command = first with { Command = first.Command.ToArray() };
            break;
        }

        Assert.Equal((session, 1), (command.SessionId, command.Sequence));
        Assert.Equal("by session", Encoding.UTF8.GetString(command.Command.Span));
    }

    [Fact]
    public async Task A_reader_allocates_nothing_for_a_command()
    {
        const int Commands = 20_000;
        await using TestCluster cluster = NewCluster(1, static options => options with { Durability = Durability.None });
        await cluster.StartAsync();
        RaftNode<int> node = await cluster.LeaderAsync();
        await ProposeAsync(node, 0, Commands);
        await using IAsyncEnumerator<CommittedCommand> reader = node.ReadCommittedAsync(1).GetAsyncEnumerator();
        Assert.True(await reader.MoveNextAsync()); // it knows what is committed: from here on nothing waits

        long before = ThreadAllocations.Begin();
        int count = 1;
        while (count < Commands)
        {
            Assert.True(MovesNextAtOnce(reader));
            count++;
        }

        Assert.InRange(ThreadAllocations.Since(before), 0, 1000);
    }

    private static bool MovesNextAtOnce(IAsyncEnumerator<CommittedCommand> reader)
    {
        ValueTask<bool> next = reader.MoveNextAsync();
        return next.IsCompletedSuccessfully && next.Result;
    }

    private static async Task<List<string>> ReadAsync(
        RaftNode<int> node, long from, int count, string? name = null, string? until = null, CancellationToken token = default)
    {
        List<string> commands = [];
        await foreach (CommittedCommand command in node.ReadCommittedAsync(from, name, token))
        {
            commands.Add(Encoding.UTF8.GetString(command.Command.Span));
            if (commands.Count == count || commands[^1] == until)
            {
                break;
            }
        }

        return commands;
    }

    private static async Task<int> LoadAsync(RaftNode<int> node, CancellationToken over)
    {
        int i = 0;
        for (; !over.IsCancellationRequested; i += 20)
        {
            await ProposeAsync(node, i, 20);
        }

        return i;
    }

    private static async Task ProposeAsync(RaftNode<int> node, int first, int count)
    {
        for (int i = 0; i < count; i += 500)
        {
            await Task.WhenAll(Enumerable.Range(first + i, Math.Min(500, count - i))
                .Select(i => node.ProposeAsync(Encoding.UTF8.GetBytes(NameOf(i))).AsTask())).WaitAsync(Patience);
        }
    }

    private static async Task<int> ProposeUntilAsync(RaftNode<int> node, int proposed, Predicate<RaftStatus> condition)
    {
        for (; !condition(node.Status); proposed += 20)
        {
            await ProposeAsync(node, proposed, 20);
        }

        return proposed;
    }

    private static string NameOf(int i) => $"command {i}";

    private static RaftOptions Small(RaftOptions options) => options with
    {
        SegmentSizeBytes = 64 << 10,
        MaxCommandBytes = 4 << 10,
        SnapshotLogBytes = 64 << 10,
        RetainedLogBytes = 0,
    };

    private TestCluster NewCluster(int size, Func<RaftOptions, RaftOptions> adjust) => new(size, _network.CreateTransport, adjust);
}
