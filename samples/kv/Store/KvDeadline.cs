using System;
using System.Collections.Generic;

namespace RaftEngine.Samples.Kv.Store;

/// <summary>A key's place in the order in which keys end: by deadline, then by the key's bytes, so that all replicas
/// remove expired keys in the same order.</summary>
internal readonly record struct KvDeadline(long Deadline, byte[] Key)
{
    /// <summary>The order.</summary>
    public static readonly Comparer<KvDeadline> Order = Comparer<KvDeadline>.Create(static (a, b) =>
    {
        int byTime = a.Deadline.CompareTo(b.Deadline);
        return byTime != 0 ? byTime : a.Key.AsSpan().SequenceCompareTo(b.Key);
    });
}
