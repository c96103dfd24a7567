using System;
using System.Buffers.Binary;

namespace RaftEngine.Hosting.Tests;

/// <summary>Adds what it is given; throws at a poisoned command.</summary>
public sealed class Tally : IStateMachine<long>
{
    public const long Poison = long.MinValue;

    public long Value { get; private set; }

    public long Apply(in LogEntry entry)
    {
        long amount = BinaryPrimitives.ReadInt64LittleEndian(entry.Payload);
        return amount == Poison ? throw new InvalidOperationException("poisoned") : Value += amount;
    }
}
