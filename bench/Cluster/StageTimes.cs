using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using RaftEngine.Pipeline;
using RaftEngine.Samples.Kv.Measuring;

namespace RaftEngine.Bench.Cluster;

/// <summary>Takes the samples of commands that a load brings, from any thread, and says where their time went. Taking one allocates nothing.</summary>
internal sealed class StageTimes
{
    /// <summary>One command in so many: enough for a 99th percentile of one caller within seconds, and few enough to cost the others nothing.</summary>
    public const int Every = 16;

    private const int Unknown = -1;
    private const int SlowestKept = 5;
    private static readonly double NanosecondsPerTick = 1e9 / Stopwatch.Frequency;
    private static readonly CommandStage[] Stages = Enum.GetValues<CommandStage>();
    private static readonly double[] Percents = [1, 10, 25, 50, 75, 90, 95, 99, 99.9, 99.99, 100];

    private readonly FrameTimes[] _nodes;
    private readonly bool _syncs;
    private readonly LatencyHistogram[] _histograms = [.. Stages.Select(static _ => new LatencyHistogram())];
    private readonly long[] _sums = new long[Stages.Length]; // nanoseconds

    // Under the gate, but for a look at the least before it is taken. Of each: its times, when it was committed, its index; the slowest first.
    private readonly object _gate = new();
    private readonly long[][] _slowest = [.. Enumerable.Range(0, SlowestKept).Select(static _ => new long[Stages.Length + 2])];
    private long _leastKept;

    /// <summary>Of a cluster.</summary>
    /// <param name="nodes">All nodes; the leader sends itself nothing.</param>
    /// <param name="syncs">Whether nodes count what they have synced, or else what they have written.</param>
    public StageTimes(IReadOnlyList<FrameTimes> nodes, bool syncs)
    {
        _nodes = [.. nodes];
        _syncs = syncs;
        Sampler = new LatencySampler(Every, Add);
    }

    /// <summary>What samples the commands.</summary>
    public LatencySampler Sampler { get; }

    /// <summary>Takes a sample.</summary>
    public void Add(LatencySample sample)
    {
        Span<long> times = stackalloc long[Stages.Length];
        Divide(sample, times);
        for (int stage = 0; stage < times.Length; stage++)
        {
            if (times[stage] != Unknown)
            {
                _histograms[stage].Record(times[stage]);
                Interlocked.Add(ref _sums[stage], times[stage]);
            }
        }

        if (times[(int)CommandStage.Total] > Interlocked.Read(ref _leastKept))
        {
            Keep(sample, times);
        }
    }

    /// <summary>Where the time went. Call it after the last command was added.</summary>
    public Explanation Explain()
    {
        CommandStage[] known = [.. Stages.Where(stage => _histograms[(int)stage].Count > 0)];
        return new Explanation(
            Every,
            [.. known.Select(TimeOf)],
            [
                .. _slowest.Where(static slow => slow[(int)CommandStage.Total] > 0).Select(slow => new SampledCommand(
                    slow[^1], [.. known.Select(stage => slow[(int)stage] == Unknown ? (double?)null : slow[(int)stage] / 1000.0)])),
            ]);
    }

    private StageTime TimeOf(CommandStage stage)
    {
        LatencyHistogram times = _histograms[(int)stage];
        long sum = _sums[(int)stage];
        double share = 100.0 * sum / Math.Max(1, _sums[(int)CommandStage.Total]);
        return new StageTime(
            NameOf(stage),
            times.Count,
            stage == CommandStage.OwnSync ? null : Math.Round(share, 1),
            Math.Round(sum / 1000.0 / times.Count, 3),
            Math.Round(times.PercentileMicros(0.5), 3),
            Math.Round(times.PercentileMicros(0.99), 3),
            Math.Round(times.MaxMicros, 3),
            [.. Percents.Select(percent => new PercentilePoint(percent, Math.Round(times.PercentileMicros(percent / 100), 3)))]);
    }

    private static string NameOf(CommandStage stage) => stage switch
    {
        CommandStage.Inbox => "inbox",
        CommandStage.Append => "append",
        CommandStage.Send => "send",
        CommandStage.Quorum => "quorum",
        CommandStage.ToPeer => "quorum: to the peer",
        CommandStage.AtPeer => "quorum: at the peer",
        CommandStage.FromPeer => "quorum: from the peer",
        CommandStage.OwnSync => "own sync, meanwhile",
        CommandStage.Publish => "publish",
        CommandStage.Apply => "apply",
        CommandStage.Delivery => "delivery",
        _ => "total",
    };

    private void Divide(LatencySample sample, Span<long> times)
    {
        times.Fill(Unknown);
        Set(times, CommandStage.Inbox, sample.Called, sample.Taken);
        Set(times, CommandStage.Append, sample.Taken, sample.Written);
        Set(times, CommandStage.Send, sample.Written, sample.Sent);
        Set(times, CommandStage.Quorum, sample.Sent, sample.Committed);
        Set(times, CommandStage.Publish, sample.Committed, sample.Published);
        Set(times, CommandStage.Apply, sample.Published, sample.Applied);
        Set(times, CommandStage.Delivery, sample.Applied, sample.Delivered);
        Set(times, CommandStage.Total, sample.Called, sample.Delivered);
        if (sample.Durable != 0)
        {
            Set(times, CommandStage.OwnSync, sample.Written, sample.Durable);
        }

        if (TryFindDecisive(sample, out long arrived, out long acknowledged))
        {
            // A peer may have it before the leader has handed the batch to all others; what it does then counts from when it has.
            acknowledged = Math.Clamp(acknowledged, sample.Sent, sample.Committed);
            arrived = Math.Clamp(arrived, sample.Sent, acknowledged);
            Set(times, CommandStage.ToPeer, sample.Sent, arrived);
            Set(times, CommandStage.AtPeer, arrived, acknowledged);
            Set(times, CommandStage.FromPeer, acknowledged, sample.Committed);
        }
    }

    // The peer that made the majority: the last of the fastest ones that were needed, beside the leader if that counted itself in time.
    private bool TryFindDecisive(LatencySample sample, out long arrived, out long acknowledged)
    {
        Span<(long Acknowledged, long Arrived)> answers = stackalloc (long, long)[_nodes.Length]; // in their order
        int count = 0;
        foreach (FrameTimes node in _nodes)
        {
            if (node.TryFind(sample.Index, out long peerArrived, out long peerAcknowledged) && peerAcknowledged <= sample.Committed)
            {
                int place = count++;
                for (; place > 0 && answers[place - 1].Acknowledged > peerAcknowledged; place--)
                {
                    answers[place] = answers[place - 1];
                }

                answers[place] = (peerAcknowledged, peerArrived);
            }
        }

        int needed = (_nodes.Length / 2) + (!_syncs || sample.Durable != 0 ? 0 : 1);
        (arrived, acknowledged) = (0, 0);
        if (needed == 0 || count < needed)
        {
            return false;
        }

        (acknowledged, arrived) = answers[needed - 1];
        return true;
    }

    private static void Set(Span<long> times, CommandStage stage, long from, long to) => times[(int)stage] = (long)((to - from) * NanosecondsPerTick);

    // Those that were committed together were slow together: only the slowest of them.
    private void Keep(LatencySample sample, ReadOnlySpan<long> times)
    {
        const int Total = (int)CommandStage.Total;
        lock (_gate)
        {
            int place = 0;
            while (place < SlowestKept - 1 && _slowest[place][^2] != sample.Committed)
            {
                place++;
            }

            if (times[Total] <= _slowest[place][Total])
            {
                return;
            }

            times.CopyTo(_slowest[place]);
            _slowest[place][^2] = sample.Committed;
            _slowest[place][^1] = sample.Index;
            for (int i = place; i > 0 && _slowest[i][Total] > _slowest[i - 1][Total]; i--)
            {
                (_slowest[i], _slowest[i - 1]) = (_slowest[i - 1], _slowest[i]);
            }

            Interlocked.Exchange(ref _leastKept, _slowest[^1][Total]);
        }
    }
}
