using System.Collections.Immutable;

namespace RaftEngine.Samples.Kv.Demo;

/// <summary>What a demo found out.</summary>
internal sealed record DemoResult
{
    /// <summary>What text it was.</summary>
    public required string Input { get; init; }

    /// <summary>The text's size, in bytes, with its repetitions.</summary>
    public required long InputBytes { get; init; }

    /// <summary>How many different words it has.</summary>
    public required int DistinctWords { get; init; }

    /// <summary>How many commands were acknowledged: one for each word of the text.</summary>
    public required long Commands { get; init; }

    /// <summary>How many there were each second, over the whole load, the time without a leader included.</summary>
    public required double CommandsPerSecond { get; init; }

    /// <summary>How many were kept in flight.</summary>
    public required int InFlight { get; init; }

    /// <summary>Half of the commands were committed and applied within this time.</summary>
    public required double P50Micros { get; init; }

    /// <summary>99% of them.</summary>
    public required double P99Micros { get; init; }

    /// <summary>99.9% of them.</summary>
    public required double P999Micros { get; init; }

    /// <summary>p50 with one client that has one command in flight.</summary>
    public required double P50OneClientMicros { get; init; }

    /// <summary>The sum of the next two.</summary>
    public required double FloorMicros { get; init; }

    /// <summary>p50 of a loopback TCP round trip of 256 bytes.</summary>
    public required double FloorRoundTripMicros { get; init; }

    /// <summary>p50 of one write and fdatasync.</summary>
    public required double FloorSyncMicros { get; init; }

    /// <summary>How often the leaders, the one before and the one after the loss, synced their logs during the load.</summary>
    public required long LeaderSyncs { get; init; }

    /// <summary>How many entries they appended for each.</summary>
    public required double EntriesPerSync { get; init; }

    /// <summary>
    /// What the whole process, with all three replicas and the clients, allocated under load, in bytes for each command: the loss of the leader and the
    /// restart included.
    /// </summary>
    public required double AllocatedBytesPerCommand { get; init; }

    /// <summary>From the abort of the leader to the first command that its successor acknowledged.</summary>
    public required double LeaderlessMillis { get; init; }

    /// <summary>Which replica was aborted.</summary>
    public required ulong LostLeader { get; init; }

    /// <summary>The last index of the log.</summary>
    public required long LastIndex { get; init; }

    /// <summary>By replica, from 1: the log's chain value at its commit index.</summary>
    public required ImmutableArray<string> Fingerprints { get; init; }

    /// <summary>By replica, from 1: whether its counts are those of the text.</summary>
    public required ImmutableArray<bool> CountsMatch { get; init; }

    /// <summary>Whether everything agreed: every replica has the whole log, the same fingerprint, and the right counts.</summary>
    public required bool Verified { get; init; }
}
