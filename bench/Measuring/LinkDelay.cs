using System;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Serialization;

namespace RaftEngine.Bench.Measuring;

/// <summary>
/// What a link does to a stream of bytes. Each way takes half a round trip, and half the jitter at most in addition, drawn evenly anew for each piece; a piece never passes
/// the one before. Loss is what TCP makes of it: a piece of which a packet (of 1448 bytes) is lost waits one more round trip, as it takes to send the packet again; if that
/// is lost as well, for the retransmission timeout of 200 ms; and all that is behind it waits too. What TCP does to its window then is not modelled: a link has no limit
/// but its delay.
/// </summary>
/// <param name="RoundTripMilliseconds">A round trip.</param>
/// <param name="JitterMilliseconds">What a round trip may take in addition, at most.</param>
/// <param name="LossPercent">How many packets of a hundred are lost.</param>
internal sealed record LinkDelay(double RoundTripMilliseconds, double JitterMilliseconds = 0, double LossPercent = 0)
{
    private const int PacketBytes = 1448;
    private const double RetransmissionTimeoutMilliseconds = 200;

    /// <summary>No delay.</summary>
    public static LinkDelay None { get; } = new(0);

    /// <summary>Half of a round trip, in ticks of <see cref="Stopwatch"/>.</summary>
    [JsonIgnore]
    public long OneWayTicks => ToTicks(RoundTripMilliseconds / 2);

    /// <summary>How long a piece takes, in ticks of <see cref="Stopwatch"/>.</summary>
    /// <param name="bytes">Its size.</param>
    /// <param name="random">What is drawn from.</param>
    public long DrawTicks(int bytes, Random random)
    {
        double milliseconds = RoundTripMilliseconds / 2;
        if (JitterMilliseconds > 0)
        {
            milliseconds += JitterMilliseconds / 2 * random.NextDouble();
        }

        if (LossPercent > 0)
        {
            double loss = LossPercent / 100;
            int packets = (bytes + PacketBytes - 1) / PacketBytes;
            if (random.NextDouble() < 1 - Math.Pow(1 - loss, packets))
            {
                milliseconds += RoundTripMilliseconds + (random.NextDouble() < loss ? RetransmissionTimeoutMilliseconds : 0);
            }
        }

        return ToTicks(milliseconds);
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        string jitter = JitterMilliseconds > 0 ? $" + up to {Text(JitterMilliseconds)}" : "";
        string loss = LossPercent > 0 ? $", {Text(LossPercent)}% lost" : "";
        return $"{Text(RoundTripMilliseconds)}{jitter} ms{loss}";
    }

    private static long ToTicks(double milliseconds) => (long)(milliseconds * Stopwatch.Frequency / 1000);

    private static string Text(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
}
