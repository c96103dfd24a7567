using System;
using RaftEngine.Protocol;

namespace RaftEngine.Simulate.Simulation;

/// <summary>The network: between any two nodes it loses, repeats, delays and reorders messages, and whole directions of it may be cut. It never changes a message.</summary>
internal sealed class SimulatedNetwork(SimulatedCluster cluster, Draw draw)
{
    /// <summary>One more than the highest node id there can be.</summary>
    public const int MaxNodes = 64;

    private readonly bool[] _isCut = new bool[MaxNodes * MaxNodes];
    private readonly long[] _lastArrival = new long[MaxNodes * MaxNodes];

    /// <summary>Once the faults are over, nothing is lost any more, and nothing late.</summary>
    public bool IsHealed { get; set; }

    /// <summary>Cuts one direction.</summary>
    public void Cut(ulong from, ulong to) => _isCut[Link(from, to)] = true;

    /// <summary>Mends every direction.</summary>
    public void Mend() => Array.Clear(_isCut);

    /// <summary>Takes a message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="body">Its body.</param>
    /// <param name="after">How long after now it leaves its sender, in ticks.</param>
    /// <returns>False if the sender's side of the network knows that it goes nowhere.</returns>
    public bool Send(in Message message, ReadOnlySpan<byte> body, long after)
    {
        if (message.To >= MaxNodes || _isCut[Link(message.From, message.To)])
        {
            return draw.Chance(0.5); // on a cut line some bytes still go into a buffer
        }

        if (!IsHealed && draw.Chance(cluster.Plan.Loss))
        {
            cluster.Tally.Count(FaultKind.Loss);
            return true;
        }

        byte[] copy = body.ToArray();
        Schedule(message, copy, after);
        if (!IsHealed && draw.Chance(cluster.Plan.Duplicate))
        {
            cluster.Tally.Count(FaultKind.Duplicate);
            Schedule(message, copy, after);
        }

        return true;
    }

    private void Schedule(Message message, byte[] body, long after)
    {
        long delay = cluster.Plan.LeastDelay.Ticks + draw.Around(cluster.Plan.MeanDelay);
        if (!IsHealed && draw.Chance(cluster.Plan.LongDelay))
        {
            cluster.Tally.Count(FaultKind.Delay);
            delay += draw.Around(cluster.Plan.MeanLongDelay);
        }

        ref long last = ref _lastArrival[Link(message.From, message.To)];
        long at = cluster.Agenda.Now + after + delay;
        if (at < last)
        {
            if (cluster.Plan.KeepsOrder)
            {
                at = last;
            }
            else
            {
                cluster.Tally.Count(FaultKind.Reorder);
            }
        }

        last = Math.Max(last, at);
        cluster.Agenda.At(at, () => cluster.Deliver(message, body));
    }

    private static int Link(ulong from, ulong to) => (int)((from * MaxNodes) + to);
}
