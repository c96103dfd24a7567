using System;
using System.Collections.Generic;
using System.Linq;
using RaftEngine.Consensus;
using RaftEngine.Protocol;
using Xunit;

namespace RaftEngine.Tests.Consensus;

/// <summary>An answer that is meant for an earlier life of a follower is not taken for one to this life, even if both number their reads alike.</summary>
public sealed class StaleForwardedReadTests
{
    private const ulong LogId = 0x1234_5678_90AB_CDEF;

    private readonly CoreNode _leader = CoreNode.Of(1, 3);
    private CoreNode _follower = CoreNode.Of(2, 3);

    // The seeds are what a node drew from its log and its clock; the core XORed the clock in once more, and what was left was the same in most lives.
    [Fact]
    public void An_answer_to_the_life_before_is_not_taken_with_seeds_of_log_and_clock() => ReadAcrossLives(static now => LogId ^ (ulong)now.Ticks);

    [Fact]
    public void An_answer_to_the_life_before_is_not_taken_with_the_same_numbers_in_both_lives() => ReadAcrossLives(static _ => 7);

    private void ReadAcrossLives(Func<TimeSpan, ulong> seed)
    {
        _leader.Win();
        _leader.Collect();
        Begin(seed);
        for (int i = 0; i < 5; i++)
        {
            Heartbeat();
            Pass(_leader, static _ => true);
            Pass(_follower, static _ => true);
        }

        Assert.Equal(1L, _leader.Core.CommitIndex);

        // Life 1 asks; the leader notes index 1 for it and starts a round, which no node has answered yet when life 1 ends.
        Assert.True(_follower.Core.TryForwardRead(out _));
        Pass(_follower, static message => message.Kind == MessageKind.ReadIndexRequest);
        Envelope[] round = [.. _leader.CollectEnvelopes()];
        _leader.Now += TimeSpan.FromMilliseconds(7);
        Begin(seed);

        // Life 2 acknowledges another command, which is committed, and then asks for a read.
        _leader.Propose(42);
        _leader.Core.ReportUnreachable(2);
        for (int i = 0; i < 3 && _leader.Core.CommitIndex < 2; i++)
        {
            Heartbeat();
            Pass(_leader, static message => message.Kind == MessageKind.AppendRequest);
            Pass(_follower, static message => message.Kind == MessageKind.AppendResponse);
        }

        Assert.Equal(2L, _leader.Core.CommitIndex);
        Assert.True(_follower.Core.TryForwardRead(out ulong number));
        Envelope request = _follower.CollectEnvelopes().Single(static sent => sent.Message.Kind == MessageKind.ReadIndexRequest);

        // The round arrives late, and the leader answers life 1.
        Pass(_leader, static _ => true, round);
        Pass(_follower, static message => message.Kind == MessageKind.HeartbeatResponse);
        Pass(_leader, static message => message.Kind == MessageKind.ReadIndexResponse);
        Assert.True(_follower.Core.AnsweredReadNumber < number, "the answer to the life before is taken");

        // Its own answer is.
        _leader.Step(request);
        Pass(_leader, static _ => true);
        Pass(_follower, static _ => true);
        Pass(_leader, static _ => true);
        Assert.Equal((number, 2L), (_follower.Core.AnsweredReadNumber, _follower.Core.AnsweredReadIndex));
    }

    private void Begin(Func<TimeSpan, ulong> seed) => _follower = new CoreNode(
        CoreNode.OptionsOf(2) with { Seed = seed(_leader.Now) }, CoreNode.Voters(3), _follower.Log, _follower.Saved, _leader.Now);

    private void Heartbeat()
    {
        _leader.Elapse(CoreNode.HeartbeatInterval);
        _follower.Now = _leader.Now;
    }

    private void Pass(CoreNode from, Func<Message, bool> which, IEnumerable<Envelope>? sent = null)
    {
        CoreNode to = from == _leader ? _follower : _leader;
        foreach (Envelope envelope in (sent ?? from.CollectEnvelopes()).Where(sent => sent.Message.To == to.Id && which(sent.Message)).ToArray())
        {
            to.Step(envelope);
        }
    }
}
