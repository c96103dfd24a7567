using System;

namespace RaftEngine.Bench.Measuring;

/// <summary>How much is measured: enough for figures, or only as much as shows that everything runs.</summary>
/// <param name="IsQuick">Only as much as shows that everything runs.</param>
internal sealed record Effort(bool IsQuick)
{
    /// <summary>The number of rounds.</summary>
    public int Rounds(int full) => IsQuick ? 2 : full;

    /// <summary>The number of entries, or of groups, in a round.</summary>
    public int Count(int full) => IsQuick ? Math.Max(1, full / 20) : full;

    /// <summary>How long a round of many callers lasts.</summary>
    public TimeSpan CallersRound => TimeSpan.FromMilliseconds(IsQuick ? 20 : 200);

    /// <summary>The large log's size in bytes, and its segments'.</summary>
    public (long Log, int Segment) LargeLog => IsQuick ? (32L << 20, 2 << 20) : (1L << 30, 64 << 20);
}
