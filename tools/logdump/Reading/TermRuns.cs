using System;
using RaftEngine.Log;
using RaftEngine.Protocol;

namespace RaftEngine.LogDump.Reading;

/// <summary>Finds the terms among records that come in their order, and hands on each as it ends: keeps one.</summary>
/// <param name="onEnd">Is given each term.</param>
internal sealed class TermRuns(Action<TermRun> onEnd)
{
    private TermRun _current;

    public void Add(in LogRecord record)
    {
        if (record.Term != _current.Term || _current.FirstIndex == 0)
        {
            Complete();
            _current = new TermRun(record.Term, record.Index, record.Index, 0, 0);
        }

        long bytes = RecordFormat.SizeOf((uint)record.Payload.Length);
        long noOp = _current.NoOpIndex == 0 && record.Kind == EntryKind.NoOp ? record.Index : _current.NoOpIndex;
        _current = _current with { LastIndex = record.Index, RecordBytes = _current.RecordBytes + bytes, NoOpIndex = noOp };
    }

    /// <summary>There are no more.</summary>
    public void Complete()
    {
        if (_current.FirstIndex != 0)
        {
            onEnd(_current);
            _current = default;
        }
    }
}
