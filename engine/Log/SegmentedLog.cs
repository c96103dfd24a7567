using System;
using RaftEngine.Protocol;

namespace RaftEngine.Log;

/// <summary>STUB.</summary>
internal sealed class SegmentedLog : IDisposable
{
    public long FirstIndex => throw new NotSupportedException();
    public long LastIndex => throw new NotSupportedException();
    public long DurableIndex => throw new NotSupportedException();
    public long SyncCount => throw new NotSupportedException();
    public long TornTailBytes => throw new NotSupportedException();
    public long TermAt(long index) => throw new NotSupportedException();
    public ulong ChainAt(long index) => throw new NotSupportedException();
    public LogRun RunFrom(long firstIndex, int maxBytes) => throw new NotSupportedException();
    public ReadOnlySpan<byte> RunBytes(long firstIndex, long lastIndex) => throw new NotSupportedException();
    public LogRecord Read(long index) => throw new NotSupportedException();
    public long Append(EntryKind kind, long term, ReadOnlySpan<byte> payload) => throw new NotSupportedException();
    public void AppendRun(long firstIndex, long lastIndex, long term, ReadOnlySpan<byte> records) => throw new NotSupportedException();
    public void TruncateFrom(long index) => throw new NotSupportedException();
    public void Flush() => throw new NotSupportedException();
    public SyncTicket PrepareSync() => throw new NotSupportedException();
    public void Sync(SyncTicket ticket) => throw new NotSupportedException();
    public void CompleteSync(SyncTicket ticket) => throw new NotSupportedException();
    public void WriteIdleMark() => throw new NotSupportedException();
    public void Dispose() { }
}
