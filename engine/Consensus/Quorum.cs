using System;

namespace RaftEngine.Consensus;

/// <summary>What a majority has reached: one computation for commit indexes, read rounds and the time a leader was last heard.</summary>
internal static class Quorum
{
    /// <summary>The highest value that a majority has reached, given the value of each voter.</summary>
    /// <param name="values">One value for each voter, at least one; sorted in place (there are at most fifteen, mostly three or five).</param>
    /// <returns>The lower median: at least half of the voters, and one more, are at it or above.</returns>
    public static long Reached(Span<long> values)
    {
        for (int i = 1; i < values.Length; i++)
        {
            long value = values[i];
            int slot = i;
            for (; slot > 0 && values[slot - 1] > value; slot--)
            {
                values[slot] = values[slot - 1];
            }

            values[slot] = value;
        }

        return values[(values.Length - 1) / 2];
    }
}
