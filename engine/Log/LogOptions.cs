using System;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Protocol;

namespace RaftEngine.Log;

/// <summary>How a log is opened.</summary>
internal sealed record LogOptions
{
    /// <summary>The smallest segment, in bytes.</summary>
    public const int MinSegmentSizeBytes = 16 << 10;

    /// <summary>The cluster the log belongs to; part of the first chain seed.</summary>
    public required Guid ClusterId { get; init; }

    /// <summary>The Raft group the log belongs to; part of the first chain seed.</summary>
    public required ulong GroupId { get; init; }

    /// <summary>The node the log belongs to; a directory of another node is refused.</summary>
    public required ulong NodeId { get; init; }

    /// <summary>The voters that a new directory bootstraps a cluster with; null: it joins one. A directory that exists keeps what it began with.</summary>
    public Configuration? FirstVoters { get; init; }

    /// <summary>The size of a new segment file, in bytes: a multiple of 4096, 16 KiB to 1 GiB, with room for a record of the largest payload. Segments that exist
    /// keep theirs.</summary>
    public required int SegmentSizeBytes { get; init; }

    /// <summary>The largest payload of a record to append, in bytes.</summary>
    public required int MaxPayloadBytes { get; init; }

    /// <summary>
    /// How many bytes may be written but not yet synced before a write waits for a sync; every tail mark carries it, so
    /// that recovery can tell a torn tail from damage by its size. 0: no bound, for the durability modes without syncs.
    /// At least one record of the largest payload is always let through. Default 16 MiB.
    /// </summary>
    public int MaxUnsyncedBytes { get; init; } = 16 << 20;

    /// <summary>The clock that stamps new segments.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>The most bytes that segment files may take, the prepared ones included; 0 for no bound. An append that would need more is a <see cref="LogFullException"/>.
    /// Tables of offsets come on top: 4 bytes a record. At least two segments. Default 0.</summary>
    public long MaxLogBytes { get; init; }

    /// <summary>From which index on opening verifies every record: those that are to be applied. Segments that are sealed and lie before it are trusted by their tables of
    /// offsets, which takes a fraction of the time; the scrubber reads them later. 1 verifies all of the log, <see cref="long.MaxValue"/> only what is not sealed.
    /// Default 1.</summary>
    public long VerifyFromIndex { get; init; } = 1;

    /// <summary>How many compacted segment files are kept at most, to be written again as new ones. Default 2; 0 to 16.</summary>
    public int MaxSpareSegments { get; init; } = 2;

    /// <summary>How long after a full disk the log looks again whether there is room. Default 1 s.</summary>
    public TimeSpan FullDiskRetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Where the log's background work runs: preparing files, finishing rolls. By default each on a thread of its own.</summary>
    public TaskScheduler Scheduler { get; init; } = TaskScheduler.Default;

    /// <summary>Gives up opening: <see cref="OperationCanceledException"/>, and nothing was changed yet or the next opening goes on from there.</summary>
    public CancellationToken CancellationToken { get; init; }

    /// <summary>Where the random id of a new directory comes from.</summary>
    public Func<Guid> NewId { get; init; } = Guid.NewGuid;

    /// <summary>The size of a record of the largest payload, in bytes.</summary>
    public int LargestRecordBytes => (int)RecordFormat.SizeOf((uint)MaxPayloadBytes);

    /// <summary>A stamp for a new segment: now, in Unix nanoseconds, but in any case later than another stamp.</summary>
    public long StampAfter(long earlier) => Math.Max((TimeProvider.GetUtcNow().UtcTicks - DateTime.UnixEpoch.Ticks) * 100, earlier + 1);

    /// <summary>Checks every bound.</summary>
    /// <exception cref="ArgumentException">An option is outside its bounds.</exception>
    public void Validate()
    {
        bool isSize = SegmentSizeBytes is >= MinSegmentSizeBytes and <= SegmentFormat.LargestBytes && SegmentSizeBytes % 4096 == 0;
        Require(isSize, nameof(SegmentSizeBytes), SegmentSizeBytes, "a multiple of 4096 from 16 KiB to 1 GiB");
        int mostPayload = SegmentSizeBytes - SegmentFormat.HeaderBytes - TailMark.SizeInBytes - RecordFormat.SmallestBytes;
        Require(MaxPayloadBytes >= 0 && MaxPayloadBytes <= mostPayload, nameof(MaxPayloadBytes), MaxPayloadBytes, $"0 to {mostPayload}, what a segment has room for");
        Require(VerifyFromIndex >= 1, nameof(VerifyFromIndex), VerifyFromIndex, "1 or more");
        Require(MaxUnsyncedBytes >= 0, nameof(MaxUnsyncedBytes), MaxUnsyncedBytes, "0 or more");
        Require(MaxLogBytes == 0 || MaxLogBytes >= 2L * SegmentSizeBytes, nameof(MaxLogBytes), MaxLogBytes, $"0, or at least two segments of {SegmentSizeBytes}");
        Require(MaxSpareSegments is >= 0 and <= 16, nameof(MaxSpareSegments), MaxSpareSegments, "0 to 16");
    }

    private static void Require(bool holds, string name, long actual, string expected)
    {
        if (!holds)
        {
            throw new ArgumentException($"{nameof(LogOptions)}.{name} is {actual}; it must be {expected}.", name);
        }
    }
}
