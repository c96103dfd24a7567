using System;
using System.Collections.Generic;
using RaftEngine.Consensus;
using RaftEngine.Protocol;
using Xunit;

namespace RaftEngine.Tests.Consensus;

/// <summary>Read rounds send heartbeats, and so move the time of the next. What a leader checks from time to time must not wait for that.</summary>
public sealed class SteeringUnderReadsTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan OneWay = TimeSpan.FromMilliseconds(60);

    private readonly Queue<(TimeSpan At, Message Answer)> _way = new();

    // Answers take 60 ms, five broadcasts are 300.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_leader_that_is_asked_for_reads_all_the_time_follows_its_broadcast_time(bool reads)
    {
        CoreNode leader = Leader();
        Run(leader, TimeSpan.FromSeconds(5), reads);
        Assert.InRange(leader.Core.ElectionTimeout, TimeSpan.FromMilliseconds(290), TimeSpan.FromMilliseconds(400));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_transfer_that_fails_ends_in_time_under_reads(bool reads)
    {
        CoreNode leader = Leader();
        Run(leader, TimeSpan.FromSeconds(1), reads);
        Assert.Equal(TransferResult.Accepted, leader.Core.TransferLeadership(2));
        Run(leader, leader.Core.ElectionTimeout + Step, reads);
        Assert.Equal((0ul, Role.Leader), (leader.Core.TransferTarget, leader.Core.Role));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_leader_whose_disk_stands_still_hands_over_under_reads(bool reads)
    {
        CoreNode leader = Leader();
        Run(leader, TimeSpan.FromSeconds(1), reads);
        leader.SyncsAtOnce = false;
        Assert.True(leader.Propose(1));
        leader.Collect();
        leader.Step(leader.From(2, MessageKind.AppendResponse) with { Index = 2 });
        leader.Step(leader.From(3, MessageKind.AppendResponse) with { Index = 2 });
        Assert.Equal(2, leader.Core.CommitIndex);
        Run(leader, leader.Core.ElectionTimeout + CoreNode.HeartbeatInterval + Step, reads);
        Assert.Equal(1, leader.Core.StallHandovers);
    }

    private static CoreNode Leader()
    {
        CoreNode leader = CoreNode.Of(1, 3, change: static o => o with { MaxElectionTimeout = TimeSpan.FromSeconds(1) });
        leader.Win();
        leader.Collect();
        leader.Step(leader.From(2, MessageKind.AppendResponse) with { Index = 1 });
        leader.Step(leader.From(3, MessageKind.AppendResponse) with { Index = 1 });
        return leader;
    }

    // As a replica does: a tick only when the deadline has come.
    private void Run(CoreNode leader, TimeSpan time, bool reads)
    {
        for (TimeSpan end = leader.Now + time; leader.Now < end;)
        {
            leader.Now += Step;
            while (_way.TryPeek(out (TimeSpan At, Message Answer) next) && next.At <= leader.Now)
            {
                leader.Step(_way.Dequeue().Answer);
            }

            if (reads)
            {
                Assert.True(leader.Core.TryRequestRead(out _, out _));
            }

            if (leader.Now >= leader.Core.NextDeadline)
            {
                leader.Tick(leader.Now);
            }

            foreach (Message sent in leader.Collect())
            {
                if (sent.Kind == MessageKind.HeartbeatRequest && sent.To == 2)
                {
                    Message answer = leader.From(2, MessageKind.HeartbeatResponse) with { ReadRound = sent.ReadRound, SentAt = sent.SentAt };
                    _way.Enqueue((leader.Now + OneWay, answer));
                }
            }
        }
    }
}
