using System;
using RaftEngine.Protocol;

namespace RaftEngine.Log;

/// <summary>A record, in place in the mapped segment: its payload is valid only as long as whoever gave it says.</summary>
public readonly ref struct LogRecord
{
    /// <summary>The record's index.</summary>
    public required long Index { get; init; }

    /// <summary>The term of the leader that appended it first.</summary>
    public required long Term { get; init; }

    /// <summary>What it carries.</summary>
    public required EntryKind Kind { get; init; }

    /// <summary>What it carries, in bytes.</summary>
    public required ReadOnlySpan<byte> Payload { get; init; }

    /// <summary>The record's CRC: the fingerprint of the log up to and including it.</summary>
    public required ulong Chain { get; init; }
}
