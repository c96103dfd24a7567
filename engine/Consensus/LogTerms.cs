using System;

namespace RaftEngine.Consensus;

/// <summary>Searches by term. Terms never decrease along a log, so a term's end is found by halving.</summary>
internal static class LogTerms
{
    /// <summary>The last index, from one on downwards, whose term is at most a given one.</summary>
    /// <param name="log">The log.</param>
    /// <param name="index">Where the search starts; beyond the log's end it starts there.</param>
    /// <param name="term">The term.</param>
    /// <returns>The index; the one before the log's first if every later one has a higher term; <paramref name="index"/> itself if it lies before the
    /// log.</returns>
    public static long LastAtMost(IRaftLogView log, long index, long term)
    {
        long low = log.FirstIndex - 1;
        long high = Math.Min(index, log.LastIndex);
        if (high <= low || log.TermAt(high) <= term)
        {
            return high;
        }

        // Invariant: the answer is at or after low and before high.
        while (high - low > 1)
        {
            long middle = low + ((high - low) / 2);
            if (log.TermAt(middle) <= term)
            {
                low = middle;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
