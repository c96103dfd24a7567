using System;
using System.Linq;
using System.Threading.Tasks;
using RaftEngine.Protocol;
using RaftEngine.Tests.Support;
using Xunit;

namespace RaftEngine.Tests;

/// <summary>A leader that is sent commands by other nodes: what they send, and how often, is made by the test. It votes
/// alone; node 2 is a learner, node 3 is not a member yet.</summary>
public sealed class ForwardingLeaderTests : IAsyncLifetime, IDisposable
{
    private const int MaxCommandBytes = 16 << 10;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryDirectory _directory = new();
    private readonly StubTransport _transport = new() { IsConnected = true };
    private readonly ListStateMachine _stateMachine = new();
    private HookedDirectory _disk = null!;
    private RaftNode<int> _node = null!;

    public async Task InitializeAsync()
    {
        _disk = HookedDirectory.On(_directory.Path);
        RaftOptions options = new()
        {
            NodeId = 1,
            Voters = [1],
            ClusterId = Guid.NewGuid(),
            DataDirectory = _directory.Path,
            SegmentSizeBytes = 64 << 10,
            MaxLogBytes = 256 << 10,
            MaxCommandBytes = MaxCommandBytes,
            ProposalQueueBytes = 64 << 10,
            MessageQueueBytes = 2 << 20,
            MaxInflightProposals = 2,
        };
        _node = await RaftNode.StartOnAsync(options, _stateMachine, _transport, () => _disk, null);
        await Eventually.True(() => _node.Status is { Role: RaftRole.Leader, CommitIndex: > 0 }, "it leads");
        await AddAsync(2);
    }

    public async Task DisposeAsync()
    {
        await _node.DisposeAsync();
        await _transport.DisposeAsync();
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_command_is_appended_once_however_often_it_comes()
    {
        _transport.Receive(Request(2, 7), "x"u8.ToArray());
        _transport.Receive(Request(2, 7), "x"u8.ToArray());
        _transport.Receive(Request(2, 6), "late"u8.ToArray());
        _transport.Receive(Request(2, 8), "y"u8.ToArray());

        Message[] answers = await AnswersAsync(static answers => answers.Sum(CountOf) == 4);
        await Eventually.True(() => _stateMachine.Commands.Length == 2, "both are applied");
        Assert.Equal(["x", "y"], _stateMachine.Commands);
        Assert.Equal(2, answers.Count(static answer => answer.Refusal == ProposalRefusal.Repeated && answer.ReadRound == 7));
        Message taken = Assert.Single(answers, static answer => answer.Refusal == ProposalRefusal.None && answer.ReadRound == 7);
        Assert.Equal((2UL, _node.Status.Term, 42L), (taken.To, taken.Term, taken.SentAt));
    }

    [Fact]
    public async Task A_node_that_is_not_a_member_is_refused_and_its_commands_are_never_appended()
    {
        Message early = Request(3, 7);
        _transport.Receive(early, "x"u8.ToArray());
        Assert.Equal(ProposalRefusal.NotLeader, Assert.Single(await AnswersAsync(static answers => answers.Length == 1)).Refusal);
        await AddAsync(3);

        _transport.Receive(early, "x"u8.ToArray());
        _transport.Receive(Request(3, 8), "y"u8.ToArray());
        await Eventually.True(() => _stateMachine.Commands.Length == 1, "what a member sends is applied");
        Assert.Equal(["y"], _stateMachine.Commands);
    }

    [Fact]
    public async Task What_is_meant_for_the_leader_of_another_term_is_not_even_answered()
    {
        _transport.Receive(Request(2, 7) with { Term = _node.Status.Term + 1 }, "x"u8.ToArray());
        _transport.Receive(Request(2, 7) with { Term = _node.Status.Term - 1 }, "x"u8.ToArray());
        _transport.Receive(Request(2, 7), "y"u8.ToArray());

        Assert.Equal(ProposalRefusal.None, Assert.Single(await AnswersAsync(static answers => answers.Length > 0)).Refusal);
        await Eventually.True(() => _stateMachine.Commands.Length == 1, "it is applied");
        Assert.Equal(["y"], _stateMachine.Commands);
    }

    [Fact]
    public async Task A_command_that_is_too_large_or_finds_no_room_is_refused()
    {
        _transport.Receive(Request(2, 1), new byte[MaxCommandBytes + 1]);
        await AnswersAsync(static answers => answers.Any(static answer => answer.Refusal == ProposalRefusal.TooLarge));
        ulong number = 1;
        await Eventually.True(
            () =>
            {
                _transport.Receive(Request(2, ++number), new byte[MaxCommandBytes]);
                return _transport.Sent.Any(static sent => sent.Message.Refusal == ProposalRefusal.LogFull);
            },
            "the log is full");
        await Eventually.True(() => _node.Status.IsLogFull, "it says so");
    }

    [Fact]
    public async Task As_many_as_are_not_committed_yet_are_taken_and_no_more()
    {
        _disk.Stall();
        for (ulong number = 1; number <= 5; number++)
        {
            _transport.Receive(Request(2, number), "x"u8.ToArray());
        }

        Message[] answers = await AnswersAsync(static answers => answers.Sum(CountOf) == 5);
        _disk.Release();
        Assert.Equal(2, answers.Where(static answer => answer.Refusal == ProposalRefusal.None).Sum(CountOf));
        Assert.Equal(3, answers.Where(static answer => answer.Refusal == ProposalRefusal.Overloaded).Sum(CountOf));
        await Eventually.True(() => _stateMachine.Commands.Length == 2, "what was taken is applied");
    }

    [Fact]
    public async Task However_many_come_at_once_that_need_answers_of_their_own_all_are_answered_in_their_order()
    {
        const int Requests = 300;
        _transport.ReceiveTogether(Enumerable.Range(1, Requests).Select(number => Request(2, (ulong)number) with { SentAt = number }), "x"u8.ToArray());

        Message[] answers = await AnswersAsync(static answers => answers.Sum(CountOf) >= Requests);
        Assert.Equal(Enumerable.Range(1, Requests).Select(static number => ((ulong)number, (long)number)), answers.Select(static answer => (answer.ReadRound, answer.SentAt)));
        Assert.Equal(answers.Count(static answer => answer.Refusal == ProposalRefusal.None), await AppliedAsync());

        async Task<int> AppliedAsync()
        {
            await Eventually.True(() => _node.Status is { AppliedIndex: var applied, LastIndex: var last } && applied == last, "all is applied");
            return _stateMachine.Commands.Length;
        }
    }

    [Fact]
    public void Requests_that_no_node_sends_are_malformed()
    {
        Message request = Request(2, 7);
        Assert.Equal(ReceiveResult.Malformed, _transport.Receive(request with { EntryKind = EntryKind.NoOp }));
        Assert.Equal(ReceiveResult.Malformed, _transport.Receive(request with { EntryKind = EntryKind.Configuration }));
        Assert.Equal(ReceiveResult.Malformed, _transport.Receive(request with { ReadRound = 0 }));
        Assert.Equal(ReceiveResult.Malformed, _transport.Receive(request with { Refusal = ProposalRefusal.TooLarge }));
    }

    private static int CountOf(Message answer) => (int)(answer.LastIndex - answer.Index) + 1;

    private Message Request(ulong from, ulong number) => new()
    {
        Kind = MessageKind.ProposeRequest,
        From = from,
        To = 1,
        Term = _node.Status.Term,
        EntryKind = EntryKind.Command,
        ReadRound = number,
        SentAt = 42,
    };

    private async Task AddAsync(ulong learner)
    {
        await Eventually.True(
            async () => await Record.ExceptionAsync(() => _node.ChangeMembersAsync(
                new Configuration([new Member(1, MemberRoles.Voter), .. _node.Status.Configuration!.Learners.Select(static id => new Member(id, MemberRoles.Learner)),
                    new Member(learner, MemberRoles.Learner)])).AsTask().WaitAsync(Patience)) is null,
            () => "it is added");
    }

    private async Task<Message[]> AnswersAsync(Func<Message[], bool> areAll)
    {
        Message[] answers = [];
        await Eventually.True(
            () => areAll(answers = [.. _transport.Sent.Select(static sent => sent.Message).Where(static message => message.Kind == MessageKind.ProposeResponse)]),
            () => $"the answers: {string.Join(" | ", answers)}");
        return answers;
    }
}
