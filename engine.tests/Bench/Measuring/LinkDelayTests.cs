using System;
using System.Diagnostics;
using System.Linq;
using RaftEngine.Bench.Measuring;
using Xunit;

namespace RaftEngine.Tests.Bench.Measuring;

public class LinkDelayTests
{
    private const int Draws = 100_000;
    private const int PacketBytes = 1448;

    [Fact]
    public void A_piece_takes_half_a_round_trip_each_way()
    {
        Assert.All(Draw(new LinkDelay(10), PacketBytes), static milliseconds => Assert.Equal(5, milliseconds, 3));
    }

    [Fact]
    public void Jitter_adds_up_to_half_of_it_each_way_evenly()
    {
        double[] drawn = Draw(new LinkDelay(10, JitterMilliseconds: 4), PacketBytes);

        Assert.All(drawn, static milliseconds => Assert.InRange(milliseconds, 4.999, 7.001));
        Assert.InRange(drawn.Average(), 5.99, 6.01);
    }

    [Fact]
    public void A_piece_that_has_lost_a_packet_waits_a_round_trip_or_for_the_timeout_if_it_is_lost_again()
    {
        double[] drawn = Draw(new LinkDelay(10, LossPercent: 10), PacketBytes);

        Assert.Equal([5, 15, 215], drawn.Select(static milliseconds => Math.Round(milliseconds, 3)).Distinct().Order());
        Assert.InRange(drawn.Count(static milliseconds => milliseconds > 10), 0.095 * Draws, 0.105 * Draws);
        Assert.InRange(drawn.Count(static milliseconds => milliseconds > 200), 0.009 * Draws, 0.011 * Draws);
    }

    [Fact]
    public void A_piece_of_many_packets_is_lost_if_any_of_them_is()
    {
        double[] drawn = Draw(new LinkDelay(10, LossPercent: 1), 20 * PacketBytes);

        double expected = 1 - Math.Pow(0.99, 20);
        Assert.InRange(drawn.Count(static milliseconds => milliseconds > 10), (expected - 0.01) * Draws, (expected + 0.01) * Draws);
    }

    private static double[] Draw(LinkDelay delay, int bytes)
    {
        Random random = new(1);
        return [.. Enumerable.Range(0, Draws).Select(_ => delay.DrawTicks(bytes, random) * 1000.0 / Stopwatch.Frequency)];
    }
}
