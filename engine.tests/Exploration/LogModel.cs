using System;
using System.Collections.Immutable;
using RaftEngine.Log;
using RaftEngine.Protocol;

namespace RaftEngine.Tests.Exploration;

/// <summary>What is known of a data directory at one moment of a script, and so what any crash at that moment must leave.</summary>
internal sealed record LogModel
{
    /// <summary>What has been appended and not removed, or not yet removed for certain.</summary>
    public ImmutableArray<ModelRecord> Records { get; init; } = [];

    /// <summary>So many of them have been acknowledged as durable, and are not being removed.</summary>
    public long Acknowledged { get; init; }

    /// <summary>The hard state that was last saved.</summary>
    public HardState Saved { get; init; }

    /// <summary>The one that is being saved; the same if none is.</summary>
    public HardState Attempted { get; init; }

    /// <summary>The directory's identity, once it has one for certain.</summary>
    public Guid LogId { get; init; }

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

        if (log.LastIndex < Acknowledged)
        {
            return $"{Acknowledged} records were acknowledged, {log.LastIndex} are there";
        }

        if (log.LastIndex > Records.Length)
        {
            return $"{Records.Length} records were appended, {log.LastIndex} are there";
        }

        if (log.FirstIndex != 1 || log.DurableIndex != log.LastIndex)
        {
            return $"the log has {log.FirstIndex} to {log.LastIndex}, durable to {log.DurableIndex}";
        }

        for (long index = 1; index <= log.LastIndex; index++)
        {
            ModelRecord expected = Records[(int)index - 1];
            LogRecord record = log.Read(index);
            if (record.Index != index || record.Term != expected.Term || log.TermAt(index) != expected.Term || record.Kind != expected.Kind
                || record.Chain != expected.Chain || log.ChainAt(index) != expected.Chain || !record.Payload.SequenceEqual(expected.Payload))
            {
                return $"record {index} is not what was appended";
            }
        }

        return null;
    }

    /// <summary>What is known once that directory is open.</summary>
    public LogModel Opened(DataDirectory found) => this with
    {
        Records = Records[..(int)found.Log.LastIndex],
        Acknowledged = found.Log.LastIndex,
        Saved = found.HardState.Current,
        Attempted = found.HardState.Current,
        LogId = found.LogId,
    };
}
