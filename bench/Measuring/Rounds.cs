using System;
using System.Collections.Generic;
using System.Diagnostics;

namespace RaftEngine.Bench.Measuring;

/// <summary>
/// Many short rounds in which the engine and its baseline take turns, the one first in one round and the other in the next: whatever slows the machine down for longer
/// than a round slows both down. The ratio is the median of the ratios within the rounds.
/// </summary>
internal sealed class Rounds
{
    private const int WarmUpMilliseconds = 150;
    private const int LongestMilliseconds = 3000;
    private const int LeastRounds = 5;

    private readonly List<double> _ours = [];
    private readonly List<double> _baseline = [];

    private Rounds()
    {
    }

    /// <summary>Runs them, after some that do not count: until everything has been compiled as it will be.</summary>
    /// <param name="count">How many; fewer, but not fewer than five, if the machine is so slow that it takes too long.</param>
    /// <param name="ours">One round of the engine's; gives its figure.</param>
    /// <param name="baseline">One round of the baseline's.</param>
    public static Rounds Run(int count, Func<double> ours, Func<double> baseline)
    {
        Rounds rounds = new();
        long start = Stopwatch.GetTimestamp();
        do
        {
            ours();
            baseline();
        }
        while (Stopwatch.GetElapsedTime(start).TotalMilliseconds < WarmUpMilliseconds);
        start = Stopwatch.GetTimestamp();
        for (int i = 0; i < count && (i < LeastRounds || Stopwatch.GetElapsedTime(start).TotalMilliseconds < LongestMilliseconds); i++)
        {
            if (i % 2 == 0)
            {
                rounds._ours.Add(ours());
                rounds._baseline.Add(baseline());
            }
            else
            {
                rounds._baseline.Add(baseline());
                rounds._ours.Add(ours());
            }
        }

        return rounds;
    }

    /// <summary>Rounds that were run elsewhere: the figures of each, in their order.</summary>
    public static Rounds Of(IEnumerable<double> ours, IEnumerable<double> baseline)
    {
        Rounds rounds = new();
        rounds._ours.AddRange(ours);
        rounds._baseline.AddRange(baseline);
        return rounds;
    }

    /// <summary>The row whose ratio is the engine's figure by the baseline's.</summary>
    public Row OursByBaseline(string name, string unit, double? goal = null, string? direction = null) => ToRow(name, unit, goal, direction, isInverse: false);

    /// <summary>The row whose ratio is the baseline's figure by the engine's: for times, how near the engine comes to a roofline.</summary>
    public Row BaselineByOurs(string name, string unit, double? goal = null, string? direction = null) => ToRow(name, unit, goal, direction, isInverse: true);

    /// <summary>The value that such a share of them does not exceed, between two if none is just that.</summary>
    /// <param name="values">In any order.</param>
    /// <param name="which">0 to 1: 0.5 for the median.</param>
    public static double Quantile(IEnumerable<double> values, double which)
    {
        double[] sorted = [.. values];
        Array.Sort(sorted);
        double at = which * (sorted.Length - 1);
        int below = (int)at;
        return below + 1 == sorted.Length ? sorted[below] : sorted[below] + ((at - below) * (sorted[below + 1] - sorted[below]));
    }

    private Row ToRow(string name, string unit, double? goal, string? direction, bool isInverse)
    {
        double[] ratios = new double[_ours.Count];
        for (int i = 0; i < ratios.Length; i++)
        {
            ratios[i] = isInverse ? _baseline[i] / _ours[i] : _ours[i] / _baseline[i];
        }

        return new Row(name, Quantile(ratios, 0.5), goal, direction, Quantile(_ours, 0.5), Quantile(_baseline, 0.5), unit)
        {
            RatioIs = isInverse ? "baseline / ours" : "ours / baseline",
            LowerQuartile = Quantile(ratios, 0.25),
            UpperQuartile = Quantile(ratios, 0.75),
            Rounds = ratios.Length,
        };
    }
}
