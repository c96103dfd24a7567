using System;
using RaftEngine.Protocol;

namespace RaftEngine.Log;

/// <summary>A record, in place in the mapped segment.</summary>
internal readonly ref struct LogRecord
{
    public required long Index { get; init; }

    public required long Term { get; init; }

    public required EntryKind Kind { get; init; }

    public required ReadOnlySpan<byte> Payload { get; init; }

    /// <summary>The record's CRC: the fingerprint of the log up to and including it.</summary>
    public required ulong Chain { get; init; }
}
