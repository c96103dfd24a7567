using System;
using RaftEngine.Protocol;

namespace RaftEngine.Log;

/// <summary>A record, in place in the mapped segment: its payload is valid only as long as the method that returned it
/// says.</summary>
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

    /// <summary>The members that a record of kind <see cref="EntryKind.Configuration"/> names; null for one of another kind, or in a format of a newer version.</summary>
    public Configuration? Configuration => Kind == EntryKind.Configuration && ConfigurationFormat.TryRead(Payload, out Configuration? configuration) ? configuration : null;

    /// <summary>The record's CRC: the fingerprint of the log up to and including it.</summary>
    public required ulong Chain { get; init; }
}
