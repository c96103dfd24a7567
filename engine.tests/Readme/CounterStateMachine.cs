using System;
using System.Buffers.Binary;

namespace RaftEngine.Tests.Readme;

public sealed class CounterStateMachine : IStateMachine<long>
{
    public long Value { get; private set; }

    public long Apply(in LogEntry entry) => Value += BinaryPrimitives.ReadInt64LittleEndian(entry.Payload);
}
