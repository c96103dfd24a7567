using System;
using System.Collections.Generic;
using RaftEngine.Consensus;
using RaftEngine.Protocol;
using RaftEngine.Tests.Support;
using Xunit;

namespace RaftEngine.Tests.Consensus;

/// <summary>In steady state the core takes no memory.</summary>
public sealed class AllocationTests
{
    [Fact]
    public void A_leader_and_its_followers_replicate_commit_and_read_without_allocating()
    {
        CoreNode leader = CoreNode.Of(1, 3);
        leader.Win();
        CoreNode[] followers = [CoreNode.Of(2, 3), CoreNode.Of(3, 3)];
        List<Message> outbox = new(64);
        List<Message> answers = new(64);
        Rounds(leader, followers, outbox, answers, 500);
        long commit = leader.Core.CommitIndex;

        long before = ThreadAllocations.Begin();
        Rounds(leader, followers, outbox, answers, 1000);
        long allocated = ThreadAllocations.Since(before);

        Assert.Equal(0, allocated);
        Assert.Equal(commit + 1000, leader.Core.CommitIndex);
        Assert.True(leader.Core.ConfirmedReadRound > 1400);
    }

    private static void Rounds(CoreNode leader, CoreNode[] followers, List<Message> outbox, List<Message> answers, int rounds)
    {
        for (int i = 0; i < rounds; i++)
        {
            leader.Now += CoreNode.HeartbeatInterval / 4;
            leader.Core.Tick(leader.Now);
            leader.Log.Append(leader.Term, i);
            leader.Log.SyncAll();
            leader.Core.LogDurable(leader.Now);
            leader.Core.TryRequestRead(out _, out _);
            outbox.Clear();
            leader.Core.Collect(outbox, leader.Now);
            foreach (Message message in outbox)
            {
                CoreNode follower = followers[(int)message.To - 2];
                LogOrder order = follower.Core.Step(in message, leader.Now);
                for (long index = order.AppendFrom; index != 0 && index <= message.LastIndex; index++)
                {
                    follower.Log.Append(message.EntryTerm, index);
                }
            }

            foreach (CoreNode follower in followers)
            {
                follower.Log.SyncAll();
                follower.Core.LogDurable(leader.Now);
                answers.Clear();
                follower.Core.Collect(answers, leader.Now);
                foreach (Message answer in answers)
                {
                    leader.Core.Step(in answer, leader.Now);
                }
            }
        }
    }
}
