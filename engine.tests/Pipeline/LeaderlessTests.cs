using System;
using System.Linq;
using System.Threading.Tasks;
using RaftEngine.Consensus;
using RaftEngine.Pipeline;
using RaftEngine.Protocol;
using RaftEngine.Tests.Support;
using Xunit;

namespace RaftEngine.Tests.Pipeline;

/// <summary>A node that forwards and knows no leader: what it is given waits for one, up to an election timeout.</summary>
public sealed class LeaderlessTests : IDisposable
{
    private readonly LoneReplica _node = new([1, 2, 3], static options => options with { ForwardProposals = true, MaxInflightBytes = 4 << 10 });

    public void Dispose() => _node.Dispose();

    [Fact]
    public void Commands_go_to_the_leader_in_their_order_as_soon_as_it_is_known()
    {
        Task<Applied<int>>[] proposals = [.. Enumerable.Range(0, 3).Select(i => _node.Propose([(byte)i]))];
        _node.Run();
        Assert.Empty(_node.Sent);
        Assert.DoesNotContain(proposals, static proposal => proposal.IsCompleted);

        Heartbeat();
        Task<Applied<int>> later = _node.Propose("x"u8);
        _node.Run();
        Message[] requests = [.. _node.Sent.Where(static message => message.Kind == MessageKind.ProposeRequest)];
        Assert.Equal(4, requests.Length);
        Assert.All(requests, static request => Assert.Equal(2UL, request.To));
        Assert.Equal(requests.Select(static request => request.ReadRound).Order(), requests.Select(static request => request.ReadRound));
        Assert.False(later.IsCompleted);
    }

    [Fact]
    public async Task Commands_are_appended_when_this_node_comes_to_lead_itself()
    {
        _node.RunFor(TimeSpan.FromMilliseconds(250));
        Task<Applied<int>> proposal = _node.Propose("x"u8);
        _node.Win();
        _node.RunFor(_node.Options.HeartbeatInterval);
        Assert.Equal(Role.Leader, _node.Core.Role);
        _node.Acknowledge(2);
        _node.Run();
        _node.Apply();

        Assert.True(proposal.IsCompleted);
        Assert.Equal(0, (await proposal).Result);
    }

    [Fact]
    public async Task Without_a_leader_commands_and_reads_end_after_an_election_timeout()
    {
        TimeSpan before = _node.Now;
        Task<Applied<int>> proposal = _node.Propose("x"u8);
        Task read = _node.Ask(RingTag.Read);
        _node.Run();
        while (!proposal.IsCompleted || !read.IsCompleted)
        {
            Assert.InRange(_node.Now - before, TimeSpan.Zero, 1.1 * _node.Options.ElectionTimeout);
            _node.RunFor(TimeSpan.FromMilliseconds(10));
        }

        Assert.Equal(0UL, (await Assert.ThrowsAsync<NotLeaderException>(() => proposal)).LeaderId);
        await Assert.ThrowsAsync<NotLeaderException>(() => read);
        Assert.InRange(_node.Now - before, 0.9 * _node.Options.ElectionTimeout, 1.1 * _node.Options.ElectionTimeout);
        Assert.Equal((0, 0), (_node.Reads.InUse, _node.Proposals.InUse));
    }

    [Fact]
    public void A_read_is_asked_of_the_leader_as_soon_as_it_is_known()
    {
        Task read = _node.Ask(RingTag.Read);
        _node.Run();
        Assert.False(read.IsCompleted);
        Heartbeat();
        _node.Run();
        Assert.Contains(_node.Sent, static message => message.Kind == MessageKind.ReadIndexRequest);
    }

    [Fact]
    public async Task A_directory_that_is_not_the_members_refuses_at_once()
    {
        using LoneReplica node = new([1, 2, 3], static options => options with { ForwardProposals = true }, incarnation: 7);
        node.Receive(new Message { Kind = MessageKind.HeartbeatRequest, From = 2, Term = 2, Incarnation = 8 });
        node.Run();
        Assert.True(node.Core.IsSuperseded);
        Task<Applied<int>> proposal = node.Propose("x"u8);
        Task read = node.Ask(RingTag.Read);
        node.Run();
        await Assert.ThrowsAsync<NotLeaderException>(() => proposal);
        await Assert.ThrowsAsync<NotLeaderException>(() => read);
    }

    [Fact]
    public async Task What_waits_is_bounded()
    {
        Task<Applied<int>>[] proposals = [.. Enumerable.Range(0, 5).Select(_ => _node.Propose(new byte[1000]))];
        _node.Run();
        Assert.Equal([false, false, false, false, true], proposals.Select(static proposal => proposal.IsCompleted));
        Assert.Equal(nameof(RaftOptions.MaxInflightBytes), (await Assert.ThrowsAsync<RaftOverloadedException>(() => proposals[4])).Bound);
    }

    [Fact]
    public async Task A_node_that_does_not_forward_refuses_at_once()
    {
        using LoneReplica node = new([1, 2, 3]);
        Task<Applied<int>> proposal = node.Propose("x"u8);
        Task read = node.Ask(RingTag.Read);
        node.Run();
        await Assert.ThrowsAsync<NotLeaderException>(() => proposal);
        await Assert.ThrowsAsync<NotLeaderException>(() => read);
    }

    private void Heartbeat() => _node.Receive(new Message { Kind = MessageKind.HeartbeatRequest, From = 2, Term = 2 });
}
