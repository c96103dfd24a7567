using System;

namespace RaftEngine.Pipeline;

/// <summary>A record of an <see cref="InboxRing"/>, in place; valid until the consumer advances.</summary>
internal readonly ref struct RingRecord(RingTag tag, long argument, Span<byte> payload)
{
    public RingTag Tag { get; } = tag;

    public long Argument { get; } = argument;

    /// <summary>The payload; the consumer may write into it.</summary>
    public Span<byte> Payload { get; } = payload;
}
