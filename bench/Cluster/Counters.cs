using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;

namespace RaftEngine.Bench.Cluster;

/// <summary>What has been counted up to one moment; only differences of two mean anything.</summary>
internal readonly record struct Counters
{
    /// <summary>When, in ticks of <see cref="Stopwatch"/>.</summary>
    public required long At { get; init; }

    /// <summary>Processor time of the process in user mode.</summary>
    public required TimeSpan UserTime { get; init; }

    /// <summary>Processor time of the process in the kernel.</summary>
    public required TimeSpan KernelTime { get; init; }

    /// <summary>Bytes of managed memory allocated by all threads.</summary>
    public required long AllocatedBytes { get; init; }

    /// <summary>Collections of generation 0, those of higher ones included.</summary>
    public required int Gen0 { get; init; }

    /// <summary>Collections of generation 2.</summary>
    public required int Gen2 { get; init; }

    /// <summary>Syncs of all nodes' logs.</summary>
    public required long Syncs { get; init; }

    /// <summary>Syncs of the leader's log.</summary>
    public required long LeaderSyncs { get; init; }

    /// <summary>Entries appended to the leader's log.</summary>
    public required long LeaderEntries { get; init; }

    /// <summary>Append requests with entries that any node has sent.</summary>
    public required long Frames { get; init; }

    /// <summary>Entries in them.</summary>
    public required long FramedEntries { get; init; }

    /// <summary>The leader's term.</summary>
    public required long Term { get; init; }

    /// <summary>All of them now.</summary>
    public static Counters Of(IReadOnlyList<RaftNode<long>> nodes, IReadOnlyList<FrameCount> frames, RaftNode<long> leader)
    {
        RaftStatus status = leader.Status;
        Environment.ProcessCpuUsage processor = Environment.CpuUsage;
        return new Counters
        {
            Syncs = nodes.Sum(static node => node.Status.LogSyncs),
            LeaderSyncs = status.LogSyncs,
            LeaderEntries = status.EntriesAppended,
            Frames = frames.Sum(static count => count.Frames),
            FramedEntries = frames.Sum(static count => count.Entries),
            Term = nodes.Max(static node => node.Status.Term),
            Gen0 = GC.CollectionCount(0),
            Gen2 = GC.CollectionCount(2),
            UserTime = processor.UserTime,
            KernelTime = processor.PrivilegedTime,
            AllocatedBytes = GC.GetTotalAllocatedBytes(precise: true),
            At = Stopwatch.GetTimestamp(),
        };
    }

    /// <summary>What came since an earlier moment, under the same leader.</summary>
    public Counters Since(in Counters earlier) => new()
    {
        At = At - earlier.At,
        UserTime = UserTime - earlier.UserTime,
        KernelTime = KernelTime - earlier.KernelTime,
        AllocatedBytes = AllocatedBytes - earlier.AllocatedBytes,
        Gen0 = Gen0 - earlier.Gen0,
        Gen2 = Gen2 - earlier.Gen2,
        Syncs = Syncs - earlier.Syncs,
        LeaderSyncs = LeaderSyncs - earlier.LeaderSyncs,
        LeaderEntries = LeaderEntries - earlier.LeaderEntries,
        Frames = Frames - earlier.Frames,
        FramedEntries = FramedEntries - earlier.FramedEntries,
        Term = Term - earlier.Term,
    };
}
