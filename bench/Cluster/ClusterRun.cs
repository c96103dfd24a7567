using System.Collections.Generic;
using System.Text.Json.Serialization;

namespace RaftEngine.Bench.Cluster;

/// <summary>What one run has shown. Times are in microseconds; "per command" means per command that ended while it was measured, all nodes and callers included.</summary>
internal sealed record ClusterRun
{
    /// <summary>Nodes in the cluster.</summary>
    public required int Nodes { get; init; }

    /// <summary>Bytes of a command.</summary>
    public required int Payload { get; init; }

    /// <summary>Callers in a closed loop; 0 in an open one.</summary>
    public required int Concurrency { get; init; }

    /// <summary>Commands due a second in an open loop; null in a closed one.</summary>
    public required int? Rate { get; init; }

    /// <summary>fsync, interval or none.</summary>
    public required string Durability { get; init; }

    /// <summary>tcp or memory.</summary>
    public required string Transport { get; init; }

    /// <summary>True if entries were applied, and results' continuations ran, on the thread that found them
    /// committed.</summary>
    public required bool Inline { get; init; }

    /// <summary>The bound of the queue of commands, in bytes.</summary>
    public required int ProposalQueueBytes { get; init; }

    /// <summary>How long was measured.</summary>
    public required double Seconds { get; init; }

    /// <summary>Commands that ended.</summary>
    public required long Commands { get; init; }

    /// <summary>Commands that ended, a second.</summary>
    public required double OpsPerSecond { get; init; }

    /// <summary>Latency that half of the commands did not exceed.</summary>
    public required double P50Micros { get; init; }

    /// <summary>Latency that 99% did not exceed.</summary>
    public required double P99Micros { get; init; }

    /// <summary>Latency that 99.9% did not exceed.</summary>
    public required double P999Micros { get; init; }

    /// <summary>The longest latency.</summary>
    public required double MaxMicros { get; init; }

    /// <summary>The sum of <see cref="RoundTripMicros"/> and <see cref="SyncMicros"/>. Null if neither applies.</summary>
    public required double? FloorMicros { get; init; }

    /// <summary>p50 of a loopback round trip of the payload, right before and after the run; 0 if none is on the way of a command.</summary>
    public required double RoundTripMicros { get; init; }

    /// <summary>p50 of a write and fdatasync with as many writers as nodes, right before and after the run; 0 if none is on the way of a command.</summary>
    public required double SyncMicros { get; init; }

    /// <summary><see cref="P50Micros"/> in floors.</summary>
    public double? P50Floors => P50Micros / FloorMicros;

    /// <summary><see cref="P99Micros"/> in floors.</summary>
    public double? P99Floors => P99Micros / FloorMicros;

    /// <summary><see cref="P999Micros"/> in floors.</summary>
    public double? P999Floors => P999Micros / FloorMicros;

    /// <summary><see cref="MaxMicros"/> in floors.</summary>
    public double? MaxFloors => MaxMicros / FloorMicros;

    /// <summary>Managed memory allocated by all threads.</summary>
    public required double AllocatedBytesPerCommand { get; init; }

    /// <summary>Processor time of the process.</summary>
    public required double CpuMicrosPerCommand { get; init; }

    /// <summary>Of it, in the kernel.</summary>
    public required double KernelMicrosPerCommand { get; init; }

    /// <summary>Syncs of all nodes' logs a second.</summary>
    public required double SyncsPerSecond { get; init; }

    /// <summary>Entries of the leader's log made durable by one sync; 0 without syncs.</summary>
    public required double EntriesPerSync { get; init; }

    /// <summary>Entries in an append request that has any; 0 without one.</summary>
    public required double EntriesPerFrame { get; init; }

    /// <summary>Collections of generation 0, those of higher ones included.</summary>
    public required int Gen0 { get; init; }

    /// <summary>Collections of generation 2.</summary>
    public required int Gen2 { get; init; }

    /// <summary>Commands that failed: no leader, or outcome unknown.</summary>
    public required long Failures { get; init; }

    /// <summary>How often a command was refused because a queue was full, and was brought again.</summary>
    public required long Overloads { get; init; }

    /// <summary>Terms that began while it was measured.</summary>
    public required long Elections { get; init; }

    /// <summary>Open loop: how late the load itself was in sending, at p99; null in a closed one.</summary>
    public required double? SentLateP99Micros { get; init; }

    /// <summary>Open loop: commands that were due and never sent; null in a closed one.</summary>
    public required long? NotSent { get; init; }

    /// <summary>The distribution of the latencies.</summary>
    public required IReadOnlyList<PercentilePoint> Distribution { get; init; }

    /// <summary>Where the time of commands went; null, and not in the file, if it was not sampled.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Explanation? Explanation { get; init; }
}
