using System;
using System.Collections.Generic;
using RaftEngine.Samples.Kv.Store;
using Xunit;

namespace RaftEngine.Tests.Samples;

public class ClientSessionsTests
{
    private readonly ClientSessions _sessions = new();

    [Fact]
    public void Commands_above_the_floor_may_come_in_any_order_and_each_counts_once()
    {
        foreach (ulong sequence in (ulong[])[12, 10, 11])
        {
            Assert.Equal(KvOutcome.Done, _sessions.Admit(new RetryToken(1, sequence, 10)));
            Assert.Equal(KvOutcome.Repeated, _sessions.Admit(new RetryToken(1, sequence, 10)));
        }
    }

    [Fact]
    public void What_is_below_the_floor_was_answered()
    {
        Assert.Equal(KvOutcome.Done, _sessions.Admit(new RetryToken(1, 20, 20)));
        Assert.Equal(KvOutcome.Repeated, _sessions.Admit(new RetryToken(1, 19, 10)));
    }

    [Fact]
    public void A_client_that_goes_too_far_above_its_floor_is_refused_and_can_go_on_once_the_floor_rises()
    {
        const ulong last = ClientSessions.MaxOutstanding - 1;
        Assert.Equal(KvOutcome.Done, _sessions.Admit(new RetryToken(1, last, 0)));
        Assert.Equal(KvOutcome.TooManyOutstanding, _sessions.Admit(new RetryToken(1, last + 1, 0)));
        Assert.Equal(KvOutcome.Done, _sessions.Admit(new RetryToken(1, last + 1, 1)));
        Assert.Equal(KvOutcome.Repeated, _sessions.Admit(new RetryToken(1, last, 1)));
    }

    [Fact]
    public void More_clients_than_the_bound_are_refused_and_the_known_ones_are_not()
    {
        for (ulong client = 1; client <= ClientSessions.MaxClients; client++)
        {
            _sessions.Admit(new RetryToken(client, 1, 1));
        }

        Assert.Equal(KvOutcome.TooManyClients, _sessions.Admit(new RetryToken(ClientSessions.MaxClients + 1, 1, 1)));
        Assert.Equal(KvOutcome.Done, _sessions.Admit(new RetryToken(ClientSessions.MaxClients, 2, 2)));
    }

    [Fact]
    public void Retries_at_random_agree_with_a_plain_set()
    {
        Random random = new(11);
        HashSet<ulong> applied = [];
        ulong floor = 1;
        for (int round = 0; round < 50_000; round++)
        {
            ulong sequence = floor + (ulong)random.Next(ClientSessions.MaxOutstanding);
            KvOutcome expected = applied.Add(sequence) ? KvOutcome.Done : KvOutcome.Repeated;
            Assert.Equal(expected, _sessions.Admit(new RetryToken(5, sequence, floor)));
            floor += random.Next(20) == 0 ? (ulong)random.Next(100) : 0;
        }
    }
}
