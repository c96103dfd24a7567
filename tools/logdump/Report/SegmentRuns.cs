using System;
using System.Collections.Generic;

namespace RaftEngine.LogDump.Report;

/// <summary>Takes what is all alike together: of a thousand segments that are whole, one line says as much as a
/// thousand.</summary>
internal static class SegmentRuns
{
    private const int LeastRun = 4;

    /// <summary>Ranges of places: each a single one, or a run of several that are alike.</summary>
    /// <param name="count">How many places there are.</param>
    /// <param name="isWhole">True for a place that may be part of a run.</param>
    public static IEnumerable<Range> Of(int count, Func<int, bool> isWhole)
    {
        for (int i = 0; i < count;)
        {
            int end = i;
            while (end < count && isWhole(end))
            {
                end++;
            }

            int next = end - i >= LeastRun ? end : i + 1;
            yield return i..next;
            i = next;
        }
    }
}
