using System;

namespace RaftEngine.Pipeline;

/// <summary>A record of an <see cref="InboxRing"/>, in place; valid until the consumer advances.</summary>
internal readonly ref struct RingRecord(RingTag tag, long argument, ReadOnlySpan<byte> payload)
{
    public RingTag Tag { get; } = tag;

    public long Argument { get; } = argument;

    public ReadOnlySpan<byte> Payload { get; } = payload;
}
