using System;
using System.Collections.Generic;
using System.Linq;
using RaftEngine.Consensus;
using RaftEngine.Protocol;
using Xunit;

namespace RaftEngine.Tests.Consensus;

/// <summary>The leader's side of replication: probing and streaming, the window, batching, retries (Raft §5.3, §5.5, thesis §10.2.1).</summary>
public sealed class ReplicationTests
{
    [Fact]
    public void A_batch_of_proposals_makes_one_append_for_each_peer()
    {
        CoreNode node = Leader(3);
        for (int i = 0; i < 10; i++)
        {
            node.Propose(i);
        }

        List<Message> sent = node.Collect();
        Assert.Equal([2UL, 3UL], sent.Select(static m => m.To));
        Assert.All(sent, static m => Assert.Equal((MessageKind.AppendRequest, 1L, 11L), (m.Kind, m.Index, m.LastIndex)));
        Assert.Empty(node.Collect());
    }

    [Fact]
    public void One_append_carries_entries_of_one_term()
    {
        CoreNode node = CoreNode.Of(1, 2, MemoryLog.OfTerms(1, 1, 2, 2, 3), new HardState(3, 0));
        node.Win();
        node.Collect();
        node.Step(node.From(2, MessageKind.AppendResponse) with { Rejected = true, Index = 5 });
        node.Collect();
        node.Step(node.From(2, MessageKind.AppendResponse) with { Index = 0 });
        Assert.Equal([(0L, 0L, 2L, 1L), (2, 1, 4, 2), (4, 2, 5, 3), (5, 3, 6, 4)], node.Collect().Select(static m => (m.Index, m.IndexTerm, m.LastIndex, m.EntryTerm)));
    }

    [Fact]
    public void While_probing_one_message_is_out_at_a_time()
    {
        CoreNode node = CoreNode.Of(1, 2);
        node.Win();
        Assert.Single(node.Collect());
        node.Propose(1);
        Assert.Empty(node.Collect());
        Assert.Equal(ProgressState.Probe, node.Core.Peers[1].State);
        node.Step(node.From(2, MessageKind.AppendResponse) with { Index = 1 });
        Assert.Equal(ProgressState.Replicate, node.Core.Peers[1].State);
        Assert.Equal(2, Assert.Single(node.Collect()).LastIndex);
    }

    [Fact]
    public void The_window_in_messages_is_kept_and_freed_cumulatively()
    {
        CoreNode node = Leader(2);
        for (int i = 0; i < 100; i++)
        {
            node.Propose(i);
        }

        Assert.Equal([11L, 21, 31, 41], node.Collect().Select(static m => m.LastIndex));
        Assert.Empty(node.Collect());
        node.Step(node.From(2, MessageKind.AppendResponse) with { Index = 25 });
        Assert.Equal([51L, 61], node.Collect().Select(static m => m.LastIndex));
    }

    [Fact]
    public void The_window_in_bytes_is_kept()
    {
        CoreNode node = Leader(2, static options => options with { MaxInflightBytes = 25 * MemoryLog.EntrySizeInBytes });
        for (int i = 0; i < 100; i++)
        {
            node.Propose(i);
        }

        Assert.Equal([11L, 21], node.Collect().Select(static m => m.LastIndex));
        Assert.Equal(20 * MemoryLog.EntrySizeInBytes, node.Core.Peers[1].Inflights.Bytes);
    }

    [Fact]
    public void Answers_that_were_overtaken_do_not_set_the_progress_back()
    {
        CoreNode node = Leader(2);
        node.Propose(1);
        node.Propose(2);
        node.Collect();
        node.Step(node.From(2, MessageKind.AppendResponse) with { Index = 3 });
        node.Step(node.From(2, MessageKind.AppendResponse) with { Index = 2 });
        node.Step(node.From(2, MessageKind.AppendResponse) with { Index = 1, Rejected = true });
        node.Step(node.From(2, MessageKind.AppendResponse) with { Index = 3, Rejected = true, HintIndex = 1, HintTerm = 1 });
        Assert.Equal((ProgressState.Replicate, 3L, 4L), (node.Core.Peers[1].State, node.Core.Peers[1].Match, node.Core.Peers[1].Next));
    }

    [Fact]
    public void A_refusal_turns_streaming_into_probing_from_the_hint_and_a_stale_one_does_nothing()
    {
        CoreNode node = Leader(2);
        for (int i = 0; i < 30; i++)
        {
            node.Propose(i);
        }

        node.Collect();
        node.Step(node.From(2, MessageKind.AppendResponse) with { Index = 21, Rejected = true, HintIndex = 11, HintTerm = 1 });
        Assert.Equal((ProgressState.Probe, 12L), (node.Core.Peers[1].State, node.Core.Peers[1].Next));
        node.Step(node.From(2, MessageKind.AppendResponse) with { Index = 31, Rejected = true, HintIndex = 5, HintTerm = 1 });
        Assert.Equal(12, node.Core.Peers[1].Next);
        Assert.Equal(11, Assert.Single(node.Collect()).Index);
    }

    [Fact]
    public void Section_5_5_a_lost_append_is_found_by_the_next_heartbeat_and_sent_again()
    {
        CoreCluster cluster = new(3);
        CoreNode leader = cluster.ElectLeader();
        ulong other = cluster.Nodes.First(node => node != leader).Id;
        cluster.Isolate(other);
        leader.Propose(1);
        cluster.Settle();
        cluster.Heal();
        Assert.Equal(1, cluster[other].Log.LastIndex);
        cluster.Elapse(CoreNode.HeartbeatInterval * 3);
        Assert.Equal(2, cluster[other].Log.LastIndex);
        Assert.Equal(2, cluster[other].Core.CommitIndex);
    }

    [Fact]
    public void Section_5_5_a_lost_acknowledgment_is_asked_for_again_with_an_empty_append()
    {
        CoreNode node = Leader(2);
        node.Propose(1);
        node.Collect();
        node.Elapse(CoreNode.HeartbeatInterval);
        node.Collect();
        node.Step(node.From(2, MessageKind.HeartbeatResponse));
        Message append = Assert.Single(node.Collect());
        Assert.Equal((MessageKind.AppendRequest, 2L, 2L), (append.Kind, append.Index, append.LastIndex));
    }

    [Fact]
    public void Section_5_5_a_follower_that_crashed_and_came_back_catches_up()
    {
        CoreCluster cluster = new(3);
        CoreNode leader = cluster.ElectLeader();
        ulong other = cluster.Nodes.First(node => node != leader).Id;
        cluster.Stop(other);
        for (int i = 0; i < 200; i++)
        {
            leader.Propose(i);
            cluster.Settle();
        }

        Assert.Equal(201, leader.Core.CommitIndex);
        cluster.Restart(other);
        cluster.Elapse(CoreNode.HeartbeatInterval * 4);
        Assert.Equal(leader.Log.Entries, cluster[other].Log.Entries);
        Assert.Equal(201, cluster[other].Core.CommitIndex);
        Assert.Same(leader, cluster.Leader);
    }

    [Fact]
    public void A_peer_reported_unreachable_is_probed()
    {
        CoreNode node = Leader(2);
        node.Propose(1);
        node.Collect();
        node.Core.ReportUnreachable(2);
        node.Core.ReportUnreachable(9);
        Assert.Equal((ProgressState.Probe, 2L), (node.Core.Peers[1].State, node.Core.Peers[1].Next));
        Assert.Equal(1, Assert.Single(node.Collect()).Index);
        Assert.Empty(node.Collect());
    }

    [Fact]
    public void Heartbeats_go_out_at_their_interval_and_not_between()
    {
        CoreNode node = Leader(3);
        node.Elapse(CoreNode.HeartbeatInterval - TimeSpan.FromTicks(1));
        Assert.Empty(node.Collect());
        node.Tick(node.Core.NextDeadline);
        Assert.Equal([2UL, 3UL], node.Collect().Select(static m => m.To));
        Assert.Equal(node.Now + CoreNode.HeartbeatInterval, node.Core.NextDeadline);
    }

    private static CoreNode Leader(int voters, Func<CoreOptions, CoreOptions>? change = null)
    {
        CoreNode node = CoreNode.Of(1, voters, change: change);
        node.Win();
        node.Collect();
        for (ulong id = 2; id <= (ulong)voters; id++)
        {
            node.Step(node.From(id, MessageKind.AppendResponse) with { Index = 1 });
        }

        node.Collect();
        return node;
    }
}
