using System;
using System.Collections.Immutable;
using RaftEngine.Log;
using RaftEngine.Protocol;

namespace RaftEngine.Tests.Exploration;

/// <summary>What is known of a data directory at one moment of a script, and so what any crash at that moment must leave.</summary>
internal sealed record LogModel
{
    /// <summary>Where the records begin: with the first there ever was, or behind the snapshot of the last reset.</summary>
    public LogStart Origin { get; init; }

    /// <summary>What has been appended since and not removed, or not yet removed for certain. Compaction leaves it as it is.</summary>
    public ImmutableArray<ModelRecord> Records { get; init; } = [];

    /// <summary>Where the log may begin: in one place, or in any of several as long as a compaction is under way.</summary>
    public ImmutableArray<long> FirstIndexes { get; init; } = [];

    /// <summary>Up to this index records have been acknowledged as durable, and are not being removed.</summary>
    public long Acknowledged { get; init; }

    /// <summary>Behind what the log is being reset: then it is either as it was, or empty behind this.</summary>
    public LogStart? ResetTo { get; init; }

    /// <summary>The hard state that was last saved.</summary>
    public HardState Saved { get; init; }

    /// <summary>The one that is being saved; the same if none is.</summary>
    public HardState Attempted { get; init; }

    /// <summary>The directory's identity, once it has one for certain.</summary>
    public Guid LogId { get; init; }

    /// <summary>The last index that may be there.</summary>
    public long LastIndex => Origin.FirstIndex - 1 + Records.Length;

    /// <summary>What is known of a directory that does not exist yet.</summary>
    public static LogModel New(LogOptions options) => BehindReset(new LogModel(), new LogStart(1, 0, SegmentFormat.FirstChainSeed(options.ClusterId, options.GroupId), 0));

    /// <summary>What is known once a reset has returned.</summary>
    public static LogModel BehindReset(LogModel before, LogStart origin) => before with
    {
        Origin = origin,
        Records = [],
        FirstIndexes = [origin.FirstIndex],
        Acknowledged = origin.FirstIndex - 1,
        ResetTo = null,
    };

    /// <summary>A record that may be there.</summary>
    public ModelRecord this[long index] => Records[(int)(index - Origin.FirstIndex)];

    /// <summary>What is known when a compaction has ended, or all of them.</summary>
    public LogModel Compacted() => this with { FirstIndexes = [FirstIndexes[^1]] };

    /// <summary>What is wrong with an opened directory; null if nothing is.</summary>
    public string? Differs(DataDirectory found)
    {
        SegmentedLog log = found.Log;
        if (LogId != Guid.Empty && found.LogId != LogId)
        {
            return $"it is log {found.LogId}, and was {LogId}";
        }

        if (found.HardState.Current != Saved && found.HardState.Current != Attempted)
        {
            return $"hard state {found.HardState.Current}; saved was {Saved}, being saved {Attempted}";
        }

        if (log.DurableIndex != log.LastIndex)
        {
            return $"the log has {log.FirstIndex} to {log.LastIndex}, durable to {log.DurableIndex}";
        }

        return IsReset(log) ? null : DiffersFromRecords(log);
    }

    /// <summary>What is known once that directory is open.</summary>
    public LogModel Opened(DataDirectory found)
    {
        LogModel known = IsReset(found.Log)
            ? BehindReset(this, ResetTo!.Value)
            : this with
            {
                Records = Records[..(int)(found.Log.LastIndex - Origin.FirstIndex + 1)],
                FirstIndexes = [found.Log.FirstIndex],
                Acknowledged = found.Log.LastIndex,
                ResetTo = null,
            };
        return known with { Saved = found.HardState.Current, Attempted = found.HardState.Current, LogId = found.LogId };
    }

    private bool IsReset(SegmentedLog log) =>
        ResetTo is { } start && log.FirstIndex == start.FirstIndex && log.LastIndex == start.FirstIndex - 1 && !DiffersBefore(log, start.PreviousTerm, start.ChainSeed);

    private static bool DiffersBefore(SegmentedLog log, long term, ulong chain) => log.TermAt(log.FirstIndex - 1) != term || log.ChainAt(log.FirstIndex - 1) != chain;

    private string? DiffersFromRecords(SegmentedLog log)
    {
        if (log.LastIndex < Acknowledged)
        {
            return $"acknowledged was up to {Acknowledged}, there is up to {log.LastIndex}";
        }

        if (log.LastIndex > LastIndex)
        {
            return $"appended was up to {LastIndex}, there is up to {log.LastIndex}";
        }

        if (!FirstIndexes.Contains(log.FirstIndex))
        {
            return $"the log begins at {log.FirstIndex}, and not at {string.Join(" or ", FirstIndexes)}";
        }

        (long term, ulong chain) = log.FirstIndex == Origin.FirstIndex
            ? (Origin.PreviousTerm, Origin.ChainSeed)
            : (this[log.FirstIndex - 1].Term, this[log.FirstIndex - 1].Chain);
        if (DiffersBefore(log, term, chain))
        {
            return $"before index {log.FirstIndex} is term {log.TermAt(log.FirstIndex - 1)}, chain {log.ChainAt(log.FirstIndex - 1):x16}; it was {term}, {chain:x16}";
        }

        for (long index = log.FirstIndex; index <= log.LastIndex; index++)
        {
            ModelRecord expected = this[index];
            LogRecord record = log.Read(index);
            if (record.Index != index || record.Term != expected.Term || log.TermAt(index) != expected.Term || record.Kind != expected.Kind
                || record.Chain != expected.Chain || log.ChainAt(index) != expected.Chain || !record.Payload.SequenceEqual(expected.Payload))
            {
                return $"record {index} is not what was appended";
            }
        }

        return null;
    }
}
