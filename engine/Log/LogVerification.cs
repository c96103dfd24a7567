namespace RaftEngine.Log;

/// <summary>What a verification of a whole log found.</summary>
public sealed record LogVerification
{
    /// <summary>The first index in the log.</summary>
    public required long FirstIndex { get; init; }

    /// <summary>The last index verified; one less than <see cref="FirstIndex"/> if there is none.</summary>
    public required long LastIndex { get; init; }

    /// <summary>The term at <see cref="LastIndex"/>.</summary>
    public required long LastTerm { get; init; }

    /// <summary>How many records were verified.</summary>
    public long Records => LastIndex - FirstIndex + 1;

    /// <summary>Their size on disk, in bytes.</summary>
    public required long RecordBytes { get; init; }

    /// <summary>How many segments were verified.</summary>
    public required int Segments { get; init; }

    /// <summary>The chain value at <see cref="LastIndex"/>: equal on two replicas exactly if their logs up to there are.</summary>
    public required ulong Fingerprint { get; init; }

    /// <summary>What a write that never finished, or is being made, has left behind the last record, in bytes. The node cuts it when it opens the log.</summary>
    public required long TornTailBytes { get; init; }

    /// <summary>The offset in the last segment up to which its newest mark says that it is on disk; 0 if there is no mark.</summary>
    public required long SyncedThrough { get; init; }

    /// <summary>Where the last record ends in the last segment.</summary>
    public required long LastSegmentEnd { get; init; }

    /// <summary>The sequence of the last segment's newest mark: how many marks this log has written, most of them behind a group of records; 0 if there is none.</summary>
    public required long MarkSequence { get; init; }

    /// <summary>The damage at which the verification ended, in the words in which a node would refuse the log; null if there is none.</summary>
    public LogCorruptedException? Damage { get; init; }
}
