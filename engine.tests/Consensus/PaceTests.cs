using System;
using System.Linq;
using RaftEngine.Consensus;
using RaftEngine.Protocol;
using Xunit;

namespace RaftEngine.Tests.Consensus;

/// <summary>What is steered by measurement: the election timeout (Raft §5.6), the windows, and who leads when a disk stands still.</summary>
public sealed class PaceTests
{
    private static readonly TimeSpan s_slow = TimeSpan.FromMilliseconds(60);
    private static readonly TimeSpan s_longest = 10 * CoreNode.ElectionTimeout;

    // It has given the leader up long since, and hears the same one again, in the same term.
    [Fact]
    public void A_follower_that_was_cut_off_does_not_take_the_gap_for_an_interval()
    {
        CoreCluster cluster = new(3, change: static o => o with { MaxElectionTimeout = CoreNode.ElectionTimeout * 10 });
        cluster.Lead(1);
        cluster.Elapse(CoreNode.ElectionTimeout * 5);
        cluster.Isolate(3);
        cluster.Elapse(CoreNode.ElectionTimeout * 10);
        Assert.Equal(Role.PreCandidate, cluster[3].Core.Role);
        cluster.Heal();
        cluster.Elapse(CoreNode.HeartbeatInterval * 4);
        Assert.Equal(1ul, cluster[3].Core.LeaderId);
        Assert.InRange(cluster[3].Core.ElectionTimeout, CoreNode.ElectionTimeout, CoreNode.ElectionTimeout * 3);
    }

    // What it missed is taken in before it looks at the clock, so it never gives the leader up. A learner never stands, and gives it up in silence.
    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public void A_follower_that_was_paused_does_not_take_the_gap_for_an_interval(ulong id)
    {
        CoreNode node = CoreNode.Of(id, 3, change: static o => o with { MaxElectionTimeout = CoreNode.ElectionTimeout * 10 });
        for (int i = 0; i < 50; i++)
        {
            node.Step(node.From(1, MessageKind.HeartbeatRequest) with { Term = 1 });
            node.Now += CoreNode.HeartbeatInterval;
        }

        node.Now += CoreNode.ElectionTimeout * 10;
        for (int i = 0; i < 3; i++)
        {
            node.Step(node.From(1, MessageKind.HeartbeatRequest) with { Term = 1 });
            node.Now += CoreNode.HeartbeatInterval;
        }

        Assert.InRange(node.Core.ElectionTimeout, CoreNode.ElectionTimeout, CoreNode.ElectionTimeout * 3);
    }

    [Fact]
    public void Section_5_6_a_leader_whose_broadcasts_take_long_raises_its_timeout_at_once_and_tells_it()
    {
        CoreNode leader = Leader(s_longest);
        Commit(leader, s_slow);
        leader.Elapse(CoreNode.HeartbeatInterval);
        Assert.InRange(leader.Core.BroadcastTime, s_slow, s_slow * 9 / 8);
        Assert.InRange(leader.Core.ElectionTimeout, 5 * s_slow, 5 * s_slow * 9 / 8);
        Message heartbeat = leader.Collect().First(static m => m.Kind == MessageKind.HeartbeatRequest);
        Assert.Equal(leader.Core.ElectionTimeout.Ticks, heartbeat.Duration);

        CoreNode follower = Node(2, s_longest);
        follower.Step(heartbeat with { Commit = 0, LastIndex = 0 });
        Assert.Equal(leader.Core.ElectionTimeout, follower.Core.ElectionTimeout);
        Assert.InRange(follower.Core.NextDeadline - follower.Now, follower.Core.ElectionTimeout, 2 * follower.Core.ElectionTimeout);
    }

    [Fact]
    public void A_timeout_is_lowered_slowly_and_only_while_a_majority_answers()
    {
        CoreNode leader = Leader(s_longest);
        Commit(leader, s_slow);
        leader.Elapse(CoreNode.HeartbeatInterval);
        TimeSpan raised = leader.Core.ElectionTimeout;
        leader.Elapse(CoreNode.HeartbeatInterval);
        Assert.Equal(raised, leader.Core.ElectionTimeout);
        TimeSpan before = raised;
        for (int i = 0; i < 500; i++)
        {
            Message heartbeat = leader.Collect().First(static m => m.Kind == MessageKind.HeartbeatRequest);
            leader.Step(leader.From(2, MessageKind.HeartbeatResponse) with { SentAt = heartbeat.SentAt });
            leader.Elapse(CoreNode.HeartbeatInterval);
            Assert.InRange(before - leader.Core.ElectionTimeout, TimeSpan.Zero, CoreNode.HeartbeatInterval);
            before = leader.Core.ElectionTimeout;
        }

        Assert.InRange(before, CoreNode.ElectionTimeout, CoreNode.ElectionTimeout * 1.01);
    }

    [Fact]
    public void A_fixed_timeout_stays_as_it_is_and_is_told_to_be_too_short()
    {
        CoreNode leader = Leader(CoreNode.ElectionTimeout);
        Assert.False(leader.Core.IsElectionTimeoutTooShort);
        Commit(leader, s_slow);
        leader.Elapse(CoreNode.HeartbeatInterval);
        Assert.Equal(CoreNode.ElectionTimeout, leader.Core.ElectionTimeout);
        Assert.True(leader.Core.IsElectionTimeoutTooShort);
    }

    [Fact]
    public void No_timeout_is_longer_than_the_longest_whatever_is_measured_or_told()
    {
        CoreNode leader = Leader(s_longest);
        Commit(leader, TimeSpan.FromMinutes(5));
        leader.Collect();
        leader.Elapse(CoreNode.HeartbeatInterval);
        Assert.Equal(s_longest, leader.Core.ElectionTimeout);
        Assert.True(leader.Core.IsElectionTimeoutTooShort);

        CoreNode follower = Node(2, s_longest);
        follower.Step(follower.From(1, MessageKind.HeartbeatRequest) with { Term = 1, Duration = long.MaxValue });
        Assert.Equal(s_longest, follower.Core.ElectionTimeout);
    }

    [Fact]
    public void A_follower_waits_longer_if_heartbeats_arrive_unevenly()
    {
        CoreNode follower = Node(2, s_longest);
        for (int i = 0; i < 40; i++)
        {
            follower.Now += i % 4 == 3 ? 7 * CoreNode.HeartbeatInterval : CoreNode.HeartbeatInterval;
            follower.Step(follower.From(1, MessageKind.HeartbeatRequest) with { Term = 1 });
        }

        Assert.InRange(follower.Core.ElectionTimeout, CoreNode.ElectionTimeout * 1.1, CoreNode.ElectionTimeout * 3);
    }

    [Theory]
    [InlineData(MessageKind.HeartbeatRequest)]
    [InlineData(MessageKind.AppendRequest)]
    public void The_time_without_a_leader_is_no_interval_between_heartbeats(MessageKind firstOfTheNextLeader)
    {
        CoreNode follower = Node(2, s_longest);
        for (long term = 1; term <= 5; term++)
        {
            ulong leader = term % 2 == 0 ? 1UL : 3UL;
            follower.Step(follower.From(leader, firstOfTheNextLeader) with { Term = term });
            for (int i = 0; i < 10; i++)
            {
                follower.Now += CoreNode.HeartbeatInterval;
                follower.Step(follower.From(leader, MessageKind.HeartbeatRequest) with { Term = term });
            }

            Assert.Equal(CoreNode.ElectionTimeout, follower.Core.ElectionTimeout);
            follower.Now += 3 * CoreNode.ElectionTimeout;
        }
    }

    [Fact]
    public void A_lease_rests_on_the_shortest_timeout_whichever_is_in_force()
    {
        CoreNode leader = Leader(s_longest);
        Commit(leader, s_slow);
        leader.Elapse(CoreNode.HeartbeatInterval);
        Message heartbeat = leader.Collect().First(static m => m.Kind == MessageKind.HeartbeatRequest);
        TimeSpan sent = leader.Now;
        Assert.True(leader.Core.ElectionTimeout > 2 * CoreNode.ElectionTimeout);
        leader.Step(leader.From(2, MessageKind.HeartbeatResponse) with { SentAt = heartbeat.SentAt });
        TimeSpan end = sent + CoreNode.ElectionTimeout - leader.Options.LeaseDrift;
        Assert.True(leader.Core.TryLeaseRead(end - TimeSpan.FromTicks(1), out _));
        Assert.False(leader.Core.TryLeaseRead(end, out _));
    }

    [Fact]
    public void A_vote_that_comes_after_its_election_was_given_up_makes_the_next_one_last_longer()
    {
        CoreNode node = Node(1, s_longest);
        node.Tick(node.Core.NextDeadline);
        node.Collect();
        node.Step(node.From(2, MessageKind.PreVoteResponse) with { Term = node.Term + 1 });
        Assert.Equal(Role.Candidate, node.Core.Role);
        TimeSpan started = node.Now;
        node.Tick(node.Core.NextDeadline);
        Assert.Equal(Role.PreCandidate, node.Core.Role);
        node.Step(node.From(2, MessageKind.VoteResponse) with { Rejected = true });
        Assert.Equal(CoreNode.ElectionTimeout, node.Core.ElectionTimeout);
        node.Step(node.From(2, MessageKind.VoteResponse));
        Assert.Equal(5 * (node.Now - started), node.Core.ElectionTimeout);
    }

    [Fact]
    public void An_acknowledgment_says_how_long_the_follower_held_the_entries()
    {
        CoreNode leader = Leader(s_longest);
        leader.SyncsAtOnce = false;
        CoreNode follower = Node(2, s_longest);
        follower.SyncsAtOnce = false;
        Message append = leader.Collect().First(static m => m is { Kind: MessageKind.AppendRequest, To: 2 });
        follower.Now = TimeSpan.FromHours(7); // its clock is its own
        follower.Step(append);
        follower.Log.StartSync();
        Assert.Empty(follower.Collect());
        follower.Now += s_slow;
        follower.CompleteSync();
        Message answer = Assert.Single(follower.Collect());
        Assert.Equal((append.SentAt, s_slow.Ticks), (answer.SentAt, answer.Duration));

        leader.Now += s_slow + s_slow;
        leader.Step(answer);
        ref readonly PeerPace pace = ref leader.Core.Peers[1].Pace;
        Assert.Equal((s_slow, s_slow), (pace.NetworkTime, pace.HoldTime));

        // What cannot be is not believed.
        leader.Step(answer with { Duration = TimeSpan.FromDays(1).Ticks });
        leader.Step(answer with { SentAt = leader.Now.Ticks + 1 });
        Assert.Equal((s_slow, s_slow), (leader.Core.Peers[1].Pace.NetworkTime, leader.Core.Peers[1].Pace.HoldTime));
    }

    [Fact]
    public void A_leader_whose_disk_stands_still_hands_over_to_one_whose_disk_does_not()
    {
        CoreNode leader = Leader(CoreNode.ElectionTimeout);
        leader.SyncsAtOnce = false;
        leader.Propose(1);
        leader.Collect();
        TimeSpan stalled = leader.Now;
        foreach (ulong peer in new ulong[] { 2, 3 })
        {
            leader.Step(leader.From(peer, MessageKind.AppendResponse) with { Index = leader.Log.LastIndex });
        }

        Assert.Equal(leader.Log.LastIndex, leader.Core.CommitIndex);
        while (leader.Now - stalled < CoreNode.ElectionTimeout - CoreNode.HeartbeatInterval)
        {
            Heartbeat(leader);
            Assert.Equal(0UL, leader.Core.TransferTarget);
        }

        Heartbeat(leader);
        leader.Elapse(CoreNode.HeartbeatInterval);
        Assert.Equal((2UL, 1L), (leader.Core.TransferTarget, leader.Core.StallHandovers));
        Assert.Contains(leader.Collect(), static m => m is { Kind: MessageKind.TimeoutNow, To: 2 });
    }

    [Fact]
    public void A_leader_that_no_node_gets_ahead_of_keeps_leading_however_long_its_disk_takes()
    {
        CoreNode leader = Leader(CoreNode.ElectionTimeout);
        leader.SyncsAtOnce = false;
        leader.Propose(1);
        leader.Step(leader.From(2, MessageKind.AppendResponse) with { Index = leader.Log.LastIndex });
        for (int i = 0; i < 100; i++)
        {
            Heartbeat(leader);
        }

        Assert.Equal((Role.Leader, 0UL, 0L), (leader.Core.Role, leader.Core.TransferTarget, leader.Core.StallHandovers));
    }

    [Fact]
    public void The_window_is_eight_messages_where_the_disk_is_slower_than_the_network_and_as_many_more_as_syncs_fit_into_a_round_trip()
    {
        PeerPace near = default;
        Assert.Equal((int.MaxValue, long.MaxValue), (near.WindowMessages, near.WindowBytes)); // nothing is known
        near.Measured(TimeSpan.FromMicroseconds(250), TimeSpan.FromMicroseconds(200), default);
        Assert.Equal(8, near.WindowMessages);
        PeerPace far = default;
        far.Measured(TimeSpan.FromMilliseconds(10.2), TimeSpan.FromMicroseconds(200), default);
        Assert.Equal(58, far.WindowMessages);
    }

    [Fact]
    public void The_window_in_bytes_is_twice_what_the_peer_takes_in_the_shortest_time_in_which_it_answers()
    {
        PeerPace pace = default;
        TimeSpan now = TimeSpan.FromSeconds(1);
        pace.Measured(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(1), now);
        pace.Measured(TimeSpan.FromMilliseconds(30), TimeSpan.FromMilliseconds(21), now); // what it has queued makes it no wider
        pace.Delivered(1_000_000, TimeSpan.FromMilliseconds(10), now);
        Assert.Equal(100_000_000, pace.BytesPerSecond);
        Assert.Equal(2_000_000, pace.WindowBytes);
        pace.Delivered(10_000_000, TimeSpan.Zero, now); // no time has passed on this clock: that says nothing
        Assert.Equal(100_000_000, pace.BytesPerSecond);
        PeerPace slow = default;
        slow.Measured(TimeSpan.FromMilliseconds(1), TimeSpan.Zero, now);
        slow.Delivered(100, TimeSpan.FromMilliseconds(1), now);
        Assert.Equal(PeerPace.LeastBytes, slow.WindowBytes);
    }

    [Fact]
    public void A_window_opens_as_far_as_the_peer_takes_entries_though_one_message_fills_it()
    {
        const int Bytes = 192 << 10;
        Inflights window = new(64, 16 << 20);
        PeerPace pace = default;
        TimeSpan roundTrip = TimeSpan.FromMilliseconds(10);
        long index = 0;
        int most = 0;
        for (int i = 1; i <= 20; i++)
        {
            TimeSpan sentAt = i * roundTrip;
            while (window.HasRoomFor(Bytes))
            {
                window.Add(++index, Bytes, sentAt);
            }

            most = window.Count;
            Assert.True(window.FreeTo(index, out InflightMessage newest));
            pace.Measured(roundTrip, roundTrip / 20, sentAt + roundTrip);
            pace.Delivered(window.FreedBytes - newest.FreedBytes, roundTrip, sentAt + roundTrip);
            window.Limit(pace.WindowMessages, pace.WindowBytes);
        }

        Assert.Equal(27, most); // as many messages as syncs fit into the round trip, and eight
    }

    [Fact]
    public void What_is_more_than_two_seconds_old_is_forgotten_and_what_is_less_than_one_is_not()
    {
        RecentRange range = default;
        range.Add(7, TimeSpan.Zero);
        range.Add(1, TimeSpan.FromSeconds(0.2));
        range.Add(9, TimeSpan.FromSeconds(1.1));
        Assert.Equal((1, 9), (range.Least, range.Most));
        range.Add(8, TimeSpan.FromSeconds(2.2));
        Assert.Equal((8, 9), (range.Least, range.Most));
    }

    [Fact]
    public void The_99th_percentile_is_right_to_an_eighth_and_follows_what_is_newer()
    {
        RecentTimes times = new();
        Assert.Equal(TimeSpan.Zero, times.Percentile99());
        Random random = new(1);
        foreach (double scale in new[] { 1e-6, 1e-3, 1.0, 1e-4 })
        {
            for (int i = 0; i < 20_000; i++)
            {
                times.Add(TimeSpan.FromSeconds(scale * random.NextDouble()));
            }

            double percentile = times.Percentile99().TotalSeconds / scale;
            Assert.InRange(percentile, 0.9, 1.2); // ten ticks a microsecond
        }

        times.Add(TimeSpan.MaxValue);
        Assert.True(times.Percentile99() < TimeSpan.FromSeconds(1)); // one of many
    }

    [Fact]
    public void What_happened_once_or_twice_counts_only_while_there_is_little_else()
    {
        RecentTimes times = new();
        times.Add(TimeSpan.FromSeconds(1));
        times.Add(TimeSpan.FromSeconds(1));
        Assert.InRange(times.Percentile99(), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(9.0 / 8));
        for (int i = 0; i < 18; i++)
        {
            Assert.True(times.Percentile99() >= TimeSpan.FromSeconds(1));
            times.Add(TimeSpan.FromMilliseconds(1));
        }

        Assert.InRange(times.Percentile99(), TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(9.0 / 8));
        times.Add(TimeSpan.FromSeconds(1));
        Assert.True(times.Percentile99() >= TimeSpan.FromSeconds(1));
    }

    private static CoreNode Node(ulong id, TimeSpan longest) => CoreNode.Of(id, 3, change: options => options with { MaxElectionTimeout = longest });

    private static CoreNode Leader(TimeSpan longest)
    {
        CoreNode leader = Node(1, longest);
        leader.Win();
        return leader;
    }

    // From the message until a majority has answered.
    private static void Commit(CoreNode leader, TimeSpan time)
    {
        leader.Collect();
        leader.Now += time;
        leader.Step(leader.From(2, MessageKind.AppendResponse) with { Index = leader.Log.LastIndex });
        Assert.Equal(leader.Log.LastIndex, leader.Core.CommitIndex);
    }

    private static void Heartbeat(CoreNode leader)
    {
        leader.Elapse(CoreNode.HeartbeatInterval);
        foreach (Message heartbeat in leader.Collect().Where(static m => m.Kind == MessageKind.HeartbeatRequest))
        {
            leader.Step(leader.From(heartbeat.To, MessageKind.HeartbeatResponse) with { SentAt = heartbeat.SentAt });
        }
    }
}
