using System;
using System.Linq;
using System.Threading.Tasks;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Tests.Support;
using Xunit;

namespace RaftEngine.Tests;

/// <summary>A follower that sends its commands to the leader: what the leader says, and when, is made by the test.</summary>
public sealed class ForwardingFollowerTests : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryDirectory _directory = new();
    private readonly StubTransport _transport = new() { IsConnected = true };
    private readonly ListStateMachine _stateMachine = new();
    private RaftNode<int> _node = null!;
    private ulong _seed;

    public Task InitializeAsync() => StartAsync(TimeSpan.FromSeconds(20)); // no election comes in between

    public async Task DisposeAsync()
    {
        await _node.DisposeAsync();
        await _transport.DisposeAsync();
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task The_command_ends_with_the_result_of_this_nodes_own_state_machine()
    {
        Task<Applied<int>> proposal = _node.ProposeAsync("x"u8).AsTask();
        (Message request, byte[] body) = await RequestAsync(0);
        Assert.Equal((2UL, 1L, EntryKind.Command), (request.To, request.Term, request.EntryKind));
        Assert.Equal("x"u8, body);

        _transport.Receive(Answer(in request));
        Append(commit: 1);
        Assert.Equal(new Applied<int>(1, 1, 0), await proposal.WaitAsync(Patience));
        Assert.Equal(["x"], _stateMachine.Commands);
    }

    [Fact]
    public async Task An_answer_that_comes_after_the_commit_leaves_the_outcome_unknown()
    {
        Task<Applied<int>> proposal = _node.ProposeAsync("x"u8).AsTask();
        (Message request, _) = await RequestAsync(0);
        Append(commit: 1);
        await Eventually.True(() => _node.Status.AppliedIndex == 1, "it is applied");
        Assert.False(proposal.IsCompleted);

        _transport.Receive(Answer(in request));
        Assert.Equal(1, (await Assert.ThrowsAsync<OutcomeUnknownException>(() => proposal.WaitAsync(Patience))).Index);
    }

    [Fact]
    public async Task Answers_that_are_not_meant_for_this_command_are_no_answers()
    {
        Task<Applied<int>> proposal = _node.ProposeAsync("x"u8).AsTask();
        (Message request, _) = await RequestAsync(0);
        Message answer = Answer(in request);
        _transport.Receive(answer with { SentAt = answer.SentAt + 1, Refusal = ProposalRefusal.NotLeader });
        _transport.Receive(answer with { Run = answer.Run + 2, Refusal = ProposalRefusal.NotLeader });
        _transport.Receive(answer with { ReadRound = answer.ReadRound + 1, Refusal = ProposalRefusal.NotLeader });
        _transport.Receive(answer with { From = 3, Refusal = ProposalRefusal.NotLeader });
        _transport.Receive(answer with { Term = 2, Refusal = ProposalRefusal.NotLeader });
        _transport.Receive(answer with { ReadRound = answer.ReadRound, Refusal = ProposalRefusal.Repeated });
        Assert.Equal(ReceiveResult.Malformed, _transport.Receive(answer with { Index = 0, LastIndex = 0 }));
        Assert.Equal(ReceiveResult.Malformed, _transport.Receive(answer with { LastIndex = 1L << 40 }));

        _transport.Receive(answer);
        _transport.Receive(answer);
        Append(commit: 1);
        Assert.Equal(1, (await proposal.WaitAsync(Patience)).Index);
    }

    [Fact]
    public async Task One_answer_may_speak_of_many_commands()
    {
        Task<Applied<int>>[] proposals = [.. Enumerable.Range(0, 3).Select(_ => _node.ProposeAsync("x"u8).AsTask())];
        (Message first, _) = await RequestAsync(0);
        (Message last, _) = await RequestAsync(2);
        _transport.Receive(Answer(in first) with { LastIndex = last.SentAt == first.SentAt ? 3 : 1, Refusal = ProposalRefusal.Overloaded });
        for (int i = 1; i < 3; i++)
        {
            // The batches that took them may differ, and with them the times.
            _transport.Receive(Answer((await RequestAsync(i)).Message) with { Refusal = ProposalRefusal.Overloaded });
        }

        foreach (Task<Applied<int>> proposal in proposals)
        {
            await Assert.ThrowsAsync<RaftOverloadedException>(() => proposal.WaitAsync(Patience));
        }
    }

    [Fact]
    public async Task Under_another_leader_all_that_is_not_committed_within_an_election_timeout_is_unknown()
    {
        await _node.DisposeAsync();
        _transport.Sent.Clear();
        await StartAsync(TimeSpan.FromSeconds(1));
        Task<Applied<int>> answered = _node.ProposeAsync("x"u8).AsTask();
        (Message request, _) = await RequestAsync(0);
        _transport.Receive(Answer(in request));
        Append(commit: 0);
        Task<Applied<int>> unanswered = _node.ProposeAsync("y"u8).AsTask();
        (Message late, _) = await RequestAsync(1);

        await Eventually.True(
            () =>
            {
                _transport.Receive(new Message { Kind = MessageKind.HeartbeatRequest, From = 3, To = 1, Term = 2 });
                return answered.IsCompleted && unanswered.IsCompleted;
            },
            "both waits end");
        Assert.Equal(1, (await Assert.ThrowsAsync<OutcomeUnknownException>(() => answered)).Index);
        Assert.Equal(0, (await Assert.ThrowsAsync<OutcomeUnknownException>(() => unanswered)).Index);

        _transport.Receive(Answer(in late));
        Task<Applied<int>> next = _node.ProposeAsync("z"u8).AsTask();
        Assert.Equal((3UL, 2L), await RequestAsync(2) is (var message, _) ? (message.To, message.Term) : default);
        await _node.AbortAsync();
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => next.WaitAsync(Patience));
    }

    [Theory]
    [InlineData(ProposalRefusal.NotLeader, typeof(NotLeaderException))]
    [InlineData(ProposalRefusal.Overloaded, typeof(RaftOverloadedException))]
    [InlineData(ProposalRefusal.LogFull, typeof(LogFullException))]
    [InlineData(ProposalRefusal.TooLarge, typeof(ArgumentException))]
    public async Task A_refusal_says_what_kind_it_is(ProposalRefusal refusal, Type expected)
    {
        Task<Applied<int>> proposal = _node.ProposeAsync("x"u8).AsTask();
        (Message request, _) = await RequestAsync(0);
        _transport.Receive(Answer(in request) with { Refusal = refusal, Index = 0, LastIndex = 0 });

        Assert.IsType(expected, await Record.ExceptionAsync(() => proposal.WaitAsync(Patience)));
    }

    [Fact]
    public async Task What_could_not_be_sent_was_never_appended()
    {
        _transport.IsConnected = false;
        NotLeaderException refused = await Assert.ThrowsAsync<NotLeaderException>(() => _node.ProposeAsync("x"u8).AsTask().WaitAsync(Patience));
        Assert.Equal(2UL, refused.LeaderId);
        _transport.IsConnected = true;
        await The_command_ends_with_the_result_of_this_nodes_own_state_machine();
    }

    [Fact]
    public async Task A_leader_that_is_there_and_does_not_answer_is_waited_for_an_election_timeout()
    {
        await _node.DisposeAsync();
        _transport.Sent.Clear();
        await StartAsync(TimeSpan.FromSeconds(1));
        Task<Applied<int>> proposal = _node.ProposeAsync("x"u8).AsTask();
        (Message request, _) = await RequestAsync(0);
        await Eventually.True(
            () =>
            {
                _transport.Receive(new Message { Kind = MessageKind.HeartbeatRequest, From = 2, To = 1, Term = 1 });
                return proposal.IsCompleted;
            },
            "the wait ends");
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => proposal);
        Assert.Equal(2UL, _node.Status.LeaderId);
        _transport.Receive(Answer(in request)); // too late
        Append(commit: 1);
        await Eventually.True(() => _node.Status.AppliedIndex == 1, "it was appended all the same");
    }

    private static Message Answer(in Message request) => new()
    {
        Kind = MessageKind.ProposeResponse,
        From = request.To,
        To = request.From,
        Term = request.Term,
        Index = 1,
        LastIndex = 1,
        ReadRound = request.ReadRound,
        SentAt = request.SentAt,
        Run = request.Run,
    };

    private async Task StartAsync(TimeSpan electionTimeout)
    {
        RaftOptions options = new()
        {
            NodeId = 1,
            Voters = [1, 2, 3],
            ClusterId = Guid.Parse("6f0c1d2e-3a4b-4c5d-8e6f-708192a3b4c5"),
            DataDirectory = _directory.Path,
            SegmentSizeBytes = 64 << 10,
            MaxCommandBytes = 16 << 10,
            ProposalQueueBytes = 64 << 10,
            MessageQueueBytes = 2 << 20,
            ElectionTimeout = electionTimeout,
            ForwardProposals = true,
        };
        _node = await RaftNode.StartAsync(options, _stateMachine, _transport);
        _seed = _node.Status.Fingerprint;
        _transport.Receive(new Message { Kind = MessageKind.HeartbeatRequest, From = 2, To = 1, Term = 1 });
        await Eventually.True(() => _node.Status.LeaderId == 2, "it follows node 2");
    }

    // The leader's entry at index 1.
    private void Append(long commit)
    {
        byte[] space = new byte[sizeof(ulong) + RecordFormat.SizeOf(1)];
        BitConverter.TryWriteBytes(space, _seed);
        RecordFormat.Write(space, EntryKind.Command, 1, 1, "x"u8);
        Message append = new()
        {
            Kind = MessageKind.AppendRequest,
            From = 2,
            To = 1,
            Term = 1,
            LastIndex = 1,
            EntryTerm = 1,
            Commit = commit,
            PreviousChain = _seed,
        };
        Assert.Equal(ReceiveResult.Accepted, _transport.Receive(append, space[sizeof(ulong)..]));
    }

    private async Task<(Message Message, byte[] Body)> RequestAsync(int position)
    {
        (Message Message, byte[] Body)[] requests = [];
        await Eventually.True(
            () => (requests = [.. _transport.Sent.Where(static sent => sent.Message.Kind == MessageKind.ProposeRequest)]).Length > position, "the command is sent");
        return requests[position];
    }
}
