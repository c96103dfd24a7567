using System;
using System.Collections.Generic;
using System.Globalization;

namespace RaftEngine.Bench.Reports;

/// <summary>Where values stand along an axis.</summary>
internal sealed class Scale
{
    private const int LongestLinearTicks = 7;

    private readonly bool _isLog;
    private readonly double _least;
    private readonly double _most;
    private readonly double _from;
    private readonly double _to;

    private Scale(bool isLog, double least, double most, double from, double to)
    {
        _isLog = isLog;
        _least = least;
        _most = most;
        _from = from;
        _to = to;
    }

    /// <summary>From 0 to somewhat above the largest value.</summary>
    /// <param name="most">The largest value.</param>
    /// <param name="from">Where 0 stands.</param>
    /// <param name="to">Where the end stands.</param>
    public static Scale Linear(double most, double from, double to)
    {
        double step = StepFor(most);
        return new Scale(false, 0, most > 0 ? Math.Ceiling(most / step) * step : 1, from, to);
    }

    /// <summary>Logarithmic; over a decade if all values are the same.</summary>
    /// <param name="least">The smallest value, above 0.</param>
    /// <param name="most">The largest value.</param>
    /// <param name="from">Where the smallest stands.</param>
    /// <param name="to">Where the largest stands.</param>
    /// <param name="isRounded">True if the ends are to be 1, 2 or 5 times a power of ten.</param>
    public static Scale Log(double least, double most, double from, double to, bool isRounded)
    {
        least = Math.Max(least, 1e-9);
        most = Math.Max(most, least);
        if (isRounded)
        {
            least = RoundDown(least);
            most = RoundUp(most);
        }

        return new Scale(true, least, most <= least ? least * 10 : most, from, to);
    }

    /// <summary>Where a value stands.</summary>
    public double At(double value)
    {
        double share = _isLog
            ? (Math.Log(Math.Max(value, _least)) - Math.Log(_least)) / (Math.Log(_most) - Math.Log(_least))
            : (value - _least) / (_most - _least);
        return _from + (Math.Clamp(share, 0, 1) * (_to - _from));
    }

    /// <summary>The values to mark.</summary>
    public IEnumerable<double> Ticks()
    {
        if (!_isLog)
        {
            double step = StepFor(_most);
            for (int i = 0; i * step <= _most * 1.0001; i++)
            {
                yield return i * step;
            }

            yield break;
        }

        bool isFine = _most / _least <= 2000;
        for (double decade = Math.Pow(10, Math.Floor(Math.Log10(_least))); decade <= _most * 1.0001; decade *= 10)
        {
            foreach (int factor in isFine ? (int[])[1, 2, 5] : [1])
            {
                if (decade * factor >= _least * 0.9999 && decade * factor <= _most * 1.0001)
                {
                    yield return decade * factor;
                }
            }
        }
    }

    /// <summary>A value as it stands beside an axis.</summary>
    public static string Label(double value) => value switch
    {
        >= 1e6 => $"{Digits(value / 1e6)} M",
        >= 1e4 => $"{Digits(value / 1e3)} k",
        _ => Digits(value),
    };

    private static string Digits(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);

    // 1, 2 or 5 times a power of ten, so that there are few enough.
    private static double StepFor(double most)
    {
        if (most <= 0)
        {
            return 1;
        }

        double step = Math.Pow(10, Math.Floor(Math.Log10(most)) - 1);
        foreach (double factor in (double[])[1, 2, 5, 10, 20, 50])
        {
            if (most / (step * factor) <= LongestLinearTicks)
            {
                return step * factor;
            }
        }

        return step * 100;
    }

    private static double RoundDown(double value)
    {
        double decade = Math.Pow(10, Math.Floor(Math.Log10(value)));
        return value >= decade * 5 ? decade * 5 : value >= decade * 2 ? decade * 2 : decade;
    }

    private static double RoundUp(double value)
    {
        double decade = Math.Pow(10, Math.Floor(Math.Log10(value)));
        return value <= decade * 1.0001 ? decade : value <= decade * 2 ? decade * 2 : value <= decade * 5 ? decade * 5 : decade * 10;
    }
}
