using System;
using System.Collections.Generic;

namespace RaftEngine.LogDump.Comparing;

/// <summary>
/// Finds where two logs part. The chain value at an index stands for all that is before it: from the first different record on, all chain values
/// differ. So it is searched by halves: first
/// among the chain values that the segments' headers hold, then within one segment.
/// </summary>
internal static class LogComparison
{
    /// <summary>Compares two logs over the indexes that both have.</summary>
    /// <exception cref="DamagedReplicaException">A log is damaged, where it was looked at.</exception>
    public static Agreement Compare(ReplicaLog one, ReplicaLog other)
    {
        long known = Math.Max(one.Log.FirstIndex, other.Log.FirstIndex) - 1; // the chain value before a log's first record is known too
        long last = Math.Min(one.Log.LastIndex, other.Log.LastIndex);
        if (last < known)
        {
            return new Agreement(AgreementKind.NothingInCommon, last);
        }

        if (Agree(one, other, last))
        {
            return new Agreement(AgreementKind.Agree, last);
        }

        if (!Agree(one, other, known))
        {
            return new Agreement(AgreementKind.PartEarlier, known);
        }

        (known, last) = Narrow(one, other, one.Log.FirstIndexes, known, last);
        (known, last) = Narrow(one, other, other.Log.FirstIndexes, known, last);
        while (last - known > 1)
        {
            long middle = known + ((last - known) / 2);
            if (Agree(one, other, middle))
            {
                known = middle;
            }
            else
            {
                last = middle;
            }
        }

        return new Agreement(AgreementKind.Part, last);
    }

    // Halves the indexes before segments: at the first result they agree, at the second they do not.
    private static (long Known, long Last) Narrow(ReplicaLog one, ReplicaLog other, IReadOnlyList<long> firstIndexes, long known, long last)
    {
        int low = 0;
        int high = firstIndexes.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            long index = firstIndexes[middle] - 1;
            bool agrees = index <= known || (index < last && Agree(one, other, index));
            (known, last) = agrees ? (Math.Max(known, index), last) : (known, Math.Min(last, index));
            (low, high) = agrees ? (middle + 1, high) : (low, middle);
        }

        return (known, last);
    }

    private static bool Agree(ReplicaLog one, ReplicaLog other, long index) => one.ChainAt(index) == other.ChainAt(index);
}
