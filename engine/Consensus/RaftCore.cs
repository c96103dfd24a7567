using System;
using System.Collections.Generic;
using RaftEngine.Protocol;

namespace RaftEngine.Consensus;

/// <summary>STUB.</summary>
internal sealed class RaftCore
{
    public RaftCore(CoreOptions options, HardState hardState, IRaftLogView log, TimeSpan now) => throw new NotSupportedException();
    public Role Role => throw new NotSupportedException();
    public HardState HardState => throw new NotSupportedException();
    public ulong LeaderId => throw new NotSupportedException();
    public long CommitIndex => throw new NotSupportedException();
    public ulong ConfirmedReadRound => throw new NotSupportedException();
    public TimeSpan NextDeadline => throw new NotSupportedException();
    public LogOrder Tick(TimeSpan now) => throw new NotSupportedException();
    public LogOrder Step(in Message message, TimeSpan now) => throw new NotSupportedException();
    public void LogDurable() => throw new NotSupportedException();
    public bool TryRequestRead(out ulong round, out long readIndex) => throw new NotSupportedException();
    public void ReportUnreachable(ulong nodeId) => throw new NotSupportedException();
    public void Collect(List<Message> outbox) => throw new NotSupportedException();
}
