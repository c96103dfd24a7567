using System;
using System.Linq;
using System.Threading;
using RaftEngine.Pipeline;
using Xunit;

namespace RaftEngine.Tests.Pipeline;

public class TurnTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    [Fact]
    public void No_thread_runs_before_its_own_thread_has_begun()
    {
        Turn turn = new() { RunBatch = static () => Assert.Fail("The own thread has the turn.") };

        turn.Run();
        turn.Wake();

        turn.Begin();
        Assert.True(turn.TryEnd());
    }

    [Fact]
    public void A_thread_that_brings_work_while_the_turn_is_free_runs_it()
    {
        int runs = 0;
        Turn turn = new();
        turn.RunBatch = () =>
        {
            turn.Begin();
            runs++;
            Assert.True(turn.TryEnd());
        };
        End(turn);

        turn.Run();
        turn.Run();

        Assert.Equal(2, runs);
    }

    [Fact]
    public void Who_has_the_turn_looks_again_if_work_has_come_since_it_began()
    {
        Turn turn = new();
        turn.Begin();

        turn.Run(); // would throw if it ran anything

        Assert.False(turn.TryEnd());
        turn.Begin();
        Assert.True(turn.TryEnd());
    }

    [Fact]
    public void Waking_gives_the_turn_to_its_own_thread()
    {
        Turn turn = new();
        End(turn);

        turn.Wake();

        Assert.True(turn.TryWait(Soon));
        Assert.False(turn.TryEnd()); // work has come, and no thread has begun it
    }

    [Fact]
    public void Its_own_thread_takes_the_turn_when_its_time_has_come()
    {
        Turn turn = new();
        End(turn);

        Assert.True(turn.TryWait(TimeSpan.FromMilliseconds(1)));
        Assert.False(turn.TryWait(TimeSpan.Zero)); // the thread has the turn already: only its holder hands it over
    }

    [Fact]
    public void One_thread_at_a_time_runs_and_all_that_is_brought_is_seen()
    {
        const int Bringers = 4;
        const int Each = 50_000;
        Turn turn = new();
        long brought = 0, seen = 0, inside = 0, overlaps = 0;
        void Batch()
        {
            overlaps += Interlocked.Increment(ref inside) - 1;
            seen += Interlocked.Exchange(ref brought, 0);
            Interlocked.Decrement(ref inside);
        }

        turn.RunBatch = () =>
        {
            turn.Begin();
            Batch();
            if (!turn.TryEnd())
            {
                turn.HandOver();
            }
        };
        Thread own = new(() =>
        {
            while (true)
            {
                do
                {
                    turn.Begin();
                    Batch();
                    if (seen == (long)Bringers * Each)
                    {
                        return;
                    }
                }
                while (!turn.TryEnd());

                // Nothing but being given the turn ends the wait: a wake that gets lost is a test that does not end.
                while (!turn.TryWait(Timeout.InfiniteTimeSpan))
                {
                }
            }
        });
        own.Start();
        Thread[] bringers = [.. Enumerable.Range(0, Bringers).Select(bringer => new Thread(() =>
        {
            for (int i = 0; i < Each; i++)
            {
                Interlocked.Increment(ref brought);
                if ((i + bringer) % 3 == 0)
                {
                    turn.Wake();
                }
                else
                {
                    turn.Run();
                }
            }
        }))];
        Array.ForEach(bringers, bringer => bringer.Start());
        Assert.All(bringers, bringer => Assert.True(bringer.Join(Soon)));
        turn.Wake(); // the last work may have been done on a bringer's thread, and the own thread looks only when it is given the turn

        Assert.True(own.Join(Soon));
        Assert.Equal((long)Bringers * Each, seen);
        Assert.Equal(0, overlaps);
    }

    // As if the own thread had found nothing to do.
    private static void End(Turn turn)
    {
        turn.Begin();
        Assert.True(turn.TryEnd());
    }
}
