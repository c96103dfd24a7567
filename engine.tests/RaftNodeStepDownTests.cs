using System;
using System.Threading.Tasks;
using RaftEngine.Protocol;
using RaftEngine.Tests.Support;
using Xunit;

namespace RaftEngine.Tests;

/// <summary>What becomes of proposals and reads when leadership ends: the messages of the two peers are made by the test.</summary>
public sealed class RaftNodeStepDownTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task What_was_committed_just_before_another_leader_came_is_acknowledged_and_the_rest_is_unknown()
    {
        for (int round = 0; round < 3; round++)
        {
            using TemporaryDirectory directory = new();
            StubTransport transport = new();
            await using RaftNode<int> node = await RaftNode.StartAsync(Options(directory), new ListStateMachine(), transport);
            ulong seed = node.Status.Fingerprint;
            await ElectAsync(node, transport);
            Task<Applied<int>> committed = node.ProposeAsync("committed"u8).AsTask();
            Task<Applied<int>> unknown = node.ProposeAsync("unknown"u8).AsTask();
            Task read = node.ReadBarrierAsync().AsTask();
            await Eventually.True(
                () =>
                {
                    // Keeps the leader from stepping down by itself, and acknowledges nothing.
                    transport.Receive(new Message { Kind = MessageKind.AppendResponse, From = 2, To = 1, Term = 1 });
                    return node.Status.DurableIndex == 3;
                },
                "no-op and commands are on disk");

            // Both are there before the loop comes to the first, or they are not: the outcome is the same.
            transport.Receive(new Message { Kind = MessageKind.AppendResponse, From = 2, To = 1, Term = 1, Index = 2 });
            transport.Receive(new Message { Kind = MessageKind.AppendRequest, From = 3, To = 1, Term = 2, PreviousChain = seed });

            Assert.Equal(2, (await committed.WaitAsync(Patience)).Index);
            Assert.Equal(3, (await Assert.ThrowsAsync<OutcomeUnknownException>(() => unknown.WaitAsync(Patience))).Index);
            await Assert.ThrowsAsync<NotLeaderException>(() => read.WaitAsync(Patience));
            Assert.Equal(3UL, (await Assert.ThrowsAsync<NotLeaderException>(async () => await node.ProposeAsync("late"u8))).LeaderId);
        }
    }

    private static Task ElectAsync(RaftNode<int> node, StubTransport transport) => Eventually.True(
        () =>
        {
            switch (node.Status)
            {
                case { Role: RaftRole.Leader, Term: 1 }:
                    return true;
                case { Role: RaftRole.PreCandidate }:
                    transport.Receive(new Message { Kind = MessageKind.PreVoteResponse, From = 2, To = 1, Term = 1 });
                    return false;
                case { Role: RaftRole.Candidate, Term: 1 }:
                    transport.Receive(new Message { Kind = MessageKind.VoteResponse, From = 2, To = 1, Term = 1 });
                    return false;
                default:
                    return false;
            }
        },
        "it leads term 1");

    private static RaftOptions Options(TemporaryDirectory directory) => new()
    {
        NodeId = 1,
        Voters = [1, 2, 3],
        ClusterId = Guid.NewGuid(),
        DataDirectory = directory.Path,
        SegmentSizeBytes = 64 << 10,
        MaxCommandBytes = 16 << 10,
        ProposalQueueBytes = 64 << 10,
        MessageQueueBytes = 2 << 20,
        ElectionTimeout = TimeSpan.FromSeconds(1),
    };
}
