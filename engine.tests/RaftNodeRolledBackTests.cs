using System;
using System.IO;
using System.Threading.Tasks;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests;

/// <summary>Nodes whose data directory was put back to an older copy.</summary>
public sealed class RaftNodeRolledBackTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryDirectory _copies = new();
    private readonly InMemoryNetwork _network = new();
    private readonly TestCluster _cluster;

    public RaftNodeRolledBackTests() => _cluster = new TestCluster(3, id => _network.CreateTransport(id));

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        _copies.Dispose();
    }

    [Fact]
    public async Task A_follower_put_back_behind_what_it_acknowledged_stops_and_the_others_go_on()
    {
        await _cluster.StartAsync();
        await _cluster.ProposeAsync("before");
        RaftNode<int> leader = await _cluster.LeaderAsync();
        ulong follower = leader.Status.NodeId == 1 ? 2UL : 1UL;
        await RestartOnCopyAsync(follower, () => Task.CompletedTask); // so that the copy is a whole one
        for (int i = 0; i < 10; i++)
        {
            await _cluster.ProposeAsync("after");
        }

        await _cluster.ConvergeAsync();
        long term = (await _cluster.LeaderAsync()).Status.Term;
        await StopAsync(follower);
        PutBack(follower);
        RaftNode<int> back = await _cluster.StartAsync(follower);
        CommittedEntriesLostException lost = await Assert.ThrowsAsync<CommittedEntriesLostException>(() => back.Completion.WaitAsync(Patience));
        Assert.Equal(term, lost.LeaderTerm);
        _cluster.Nodes.Remove(follower);
        await _cluster.ProposeAsync("on");
        await _cluster.ConvergeAsync();
    }

    [Fact]
    public async Task A_restarted_node_applies_at_once_what_it_knew_to_be_committed_and_stops_before_it_loses_that()
    {
        await _cluster.StartAsync();
        await _cluster.ProposeAsync("before");
        await _cluster.ConvergeAsync();
        await StopAsync(3);
        await RestartOnCopyAsync(2, async () => await _cluster.LeaderAsync());
        for (int i = 0; i < 10; i++)
        {
            await _cluster.ProposeAsync("acknowledged");
        }

        await _cluster.ConvergeAsync();
        int applied = _cluster.StateMachines[1].Commands.Length;
        await StopAsync(1); // perhaps with an entry of a leader that it has handed over to, which nothing commits any more
        await StopAsync(2);

        // Without a leader, it has all of it again.
        RaftNode<int> node = await _cluster.StartAsync(1);
        await Eventually.True(() => _cluster.StateMachines[1].Commands.Length == applied, "it has applied what is committed");
        Assert.Equal(0UL, node.Status.LeaderId);
        (long committed, long last) = (node.Status.CommitIndex, node.Status.LastIndex);
        await StopAsync(1);

        // Two that lack it elect a leader; the third does not follow.
        PutBack(2);
        await _cluster.StartAsync(2);
        await _cluster.StartAsync(3);
        await _cluster.ProposeAsync("instead");
        node = await _cluster.StartAsync(1);
        Exception? stop = await Record.ExceptionAsync(() => node.Completion.WaitAsync(Patience));

        // The copy may lack a vote, too; then the two have elected a leader of a term that had another one, and it is the contents that differ.
        Assert.True(stop is CommittedEntriesLostException or LogDivergenceException, $"{stop}");
        _cluster.Nodes.Remove(1);

        using DataDirectory kept = DataDirectory.Open(_cluster.DataDirectory(1), RaftNode.LogOptionsOf(_cluster.Options(1)));
        Assert.Equal((committed, last), (kept.CommittedIndex, kept.Log.LastIndex));
    }

    private async Task StopAsync(ulong id)
    {
        await _cluster.Nodes[id].DisposeAsync();
        _cluster.Nodes.Remove(id);
    }

    private async Task RestartOnCopyAsync(ulong id, Func<Task> then)
    {
        await StopAsync(id);
        Copy(_cluster.DataDirectory(id), _copies.Sub("copy"));
        await _cluster.StartAsync(id);
        await then();
    }

    private void PutBack(ulong id)
    {
        Directory.Delete(_cluster.DataDirectory(id), recursive: true);
        Copy(_copies.Sub("copy"), _cluster.DataDirectory(id));
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }
}
