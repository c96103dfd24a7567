using System;
using System.Globalization;

namespace RaftEngine.Log;

/// <summary>
/// The leader's log and this one have different contents at an equal index and term, which Raft's Log Matching property (§5.3) rules out: one of the two
/// replicas was damaged or wrongly restored. Fail-stop.
/// </summary>
public sealed class LogDivergenceException : Exception
{
    /// <summary>An exception that locates the difference.</summary>
    /// <param name="index">The index at which the chain values differ.</param>
    /// <param name="term">The term both logs have there.</param>
    /// <param name="expected">This log's chain value.</param>
    /// <param name="actual">The leader's chain value.</param>
    public LogDivergenceException(long index, long term, ulong expected, ulong actual)
        : base(string.Create(
            CultureInfo.InvariantCulture,
            $"Log divergence at index {index}, term {term}: this log's chain value is 0x{expected:x16}, the leader's is 0x{actual:x16}."))
    {
        Index = index;
        Term = term;
        Expected = expected;
        Actual = actual;
    }

    /// <summary>The index at which the chain values differ.</summary>
    public long Index { get; }

    /// <summary>The term both logs have there.</summary>
    public long Term { get; }

    /// <summary>This log's chain value.</summary>
    public ulong Expected { get; }

    /// <summary>The leader's chain value.</summary>
    public ulong Actual { get; }
}
