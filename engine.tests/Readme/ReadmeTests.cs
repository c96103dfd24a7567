using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Text.RegularExpressions;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests.Readme;

/// <summary>The README's program runs as it is, and the code of the other pages is the code of this folder, which runs.</summary>
[Collection(Transport.RunsAlone.Name)]
public partial class ReadmeTests
{
    [Fact]
    public void Every_code_block_is_compiled_here()
    {
        string[] sources =
        [
            .. Directory.EnumerateFiles(Path.Combine(Repository.Root, "engine.tests", "Readme"), "*.cs").Select(File.ReadAllText),
        ];
        string[] documents = ["docs/guide.md", "docs/operations.md", "docs/tls.md"];
        string[] blocks = [.. documents.SelectMany(BlocksOf)];

        Assert.NotEmpty(blocks);
        Assert.All(blocks, block => Assert.Contains(sources, source => source.Contains(block, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_program_keeps_its_counter_when_the_leader_stops_and_ends()
    {
        string program = Assert.Single(BlocksOf("README.md"));
        Assert.InRange(program.Split('\n').Length, 1, 40);

        string[] lines = (await PastedProgram.RunAsync(program)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(2, lines.Length);
        Assert.Matches("^Node [123] leads. The counter is 42.$", lines[0]);
        Assert.Matches("^Now node [123] leads. The counter is still 42.$", lines[1]);
    }

    [Fact]
    public void The_readme_is_short()
    {
        string text = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));
        int words = text[..text.IndexOf("## Read on", StringComparison.Ordinal)].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
        Assert.InRange(words, 1, 700);
    }

    [Fact]
    public async Task The_embedding_counts()
    {
        using TemporaryDirectory directory = new();
        Dictionary<ulong, EndPoint> peers = new() { [1] = new IPEndPoint(IPAddress.Loopback, FreePorts.Take(1)[0]) };
        Guid clusterId = Guid.NewGuid();

        Assert.Equal(5, await Embedding.AddAsync(1, peers, clusterId, directory.Sub("1"), 5));
        Assert.Equal(12, await Embedding.AddAsync(1, peers, clusterId, directory.Sub("1"), 7)); // the log was replayed
    }

    [Fact]
    public async Task What_is_sent_twice_counts_once()
    {
        using TemporaryDirectory directory = new();
        CounterStateMachine counter = new();
        RaftOptions options = new() { NodeId = 1, Voters = [1], ClusterId = Guid.NewGuid(), DataDirectory = directory.Sub("1") };
        await using RaftNode<long> node = await RaftNode.StartAsync(options, counter, new InMemoryNetwork().CreateTransport(1));
        await Eventually.True(() => node.Status.Role == RaftRole.Leader, "it leads");

        (Applied<long> first, Applied<long> again) = await ExactlyOnce.ProposeTwiceAsync(node, BitConverter.GetBytes(5L));
        Assert.Equal(first, again);
        Assert.Equal(5, counter.Value);
    }

    [Fact]
    public async Task A_search_index_follows_the_log()
    {
        using TemporaryDirectory directory = new();
        RaftOptions options = new() { NodeId = 1, Voters = [1], ClusterId = Guid.NewGuid(), DataDirectory = directory.Sub("1") };
        await using RaftNode<long> node = await RaftNode.StartAsync(options, new CounterStateMachine(), new InMemoryNetwork().CreateTransport(1));
        await node.WaitForLeadershipAsync();
        byte[][] commands = [BitConverter.GetBytes(1L), BitConverter.GetBytes(2L)];
        Applied<long> first = await node.ProposeAsync(commands[0]);
        await node.ProposeAsync(commands[1]);

        using CancellationTokenSource over = new();
        List<byte[]> indexed = [];
        Task following = SearchIndex.FollowAsync(node, first.Index - 1, indexed, over.Token);
        await Eventually.True(() => indexed.Count == 2, "it has both");
        await over.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => following);
        Assert.Equal(commands, indexed);
    }

    [Fact]
    public async Task The_disaster_leaves_a_node_that_has_the_state()
    {
        InMemoryNetwork network = new();
        using TemporaryDirectory directory = new();
        RaftOptions options = new() { NodeId = 1, Voters = [1], ClusterId = Guid.NewGuid(), DataDirectory = directory.Sub("old") };
        RaftBackup backup;
        await using (RaftNode<int> node = await RaftNode.StartAsync(options, new ListStateMachine(), network.CreateTransport(1)))
        {
            await Eventually.True(() => node.Status.Role == RaftRole.Leader, "it leads");
            await node.ProposeAsync("kept"u8);
            backup = await Disaster.MoveAsync(node, options, directory.Sub("backup"), directory.Sub("new"));
        }

        ListStateMachine restored = new();
        options = options with { ClusterId = Guid.NewGuid(), DataDirectory = directory.Sub("other") };
        await RaftRecovery.RestoreAsync(options, directory.Sub("backup"));
        await using RaftNode<int> other = await RaftNode.StartAsync(options, restored, network.CreateTransport(1));
        Assert.Equal((backup.Index, "kept"), (other.Status.SnapshotIndex, Assert.Single(restored.Commands)));
        Assert.True(System.IO.Directory.Exists(directory.Sub("new")));
    }

    private static IEnumerable<string> BlocksOf(string document) =>
        CSharpBlock().Matches(File.ReadAllText(Path.Combine(Repository.Root, document))).Select(match => match.Groups[1].Value.Trim());

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CSharpBlock();
}
