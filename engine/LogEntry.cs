using System;
using RaftEngine.Protocol;

namespace RaftEngine;

/// <summary>A committed entry as the state machine sees it. Valid only during the call that hands it over: <see cref="Payload"/> points into the mapped log.</summary>
public readonly ref struct LogEntry
{
    /// <summary>An entry.</summary>
    /// <param name="index">Its log index, from 1.</param>
    /// <param name="term">The term of the leader that appended it.</param>
    /// <param name="kind">What it carries.</param>
    /// <param name="payload">The command's bytes.</param>
    public LogEntry(long index, long term, EntryKind kind, ReadOnlySpan<byte> payload)
    {
        Index = index;
        Term = term;
        Kind = kind;
        Payload = payload;
    }

    /// <summary>The log index, from 1, growing by one with every entry of the log.</summary>
    public long Index { get; }

    /// <summary>The term of the leader that appended the entry.</summary>
    public long Term { get; }

    /// <summary>What the entry carries; a state machine is only handed <see cref="EntryKind.Command"/>.</summary>
    public EntryKind Kind { get; }

    /// <summary>The command's bytes, in place in the mapped log. Copy what is to be kept.</summary>
    public ReadOnlySpan<byte> Payload { get; }
}
