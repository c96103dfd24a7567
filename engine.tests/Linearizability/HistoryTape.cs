using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using RaftEngine.Simulate.Linearizability;

namespace RaftEngine.Tests.Linearizability;

/// <summary>Takes down a made-up history: which process does what is up to the caller, what exactly it does is chance.</summary>
internal sealed class HistoryTape(Random random, ISequentialModel model)
{
    private readonly Dictionary<int, Operation> _open = [];
    private readonly List<Operation> _ended = [];
    private readonly OperationKind[] _kinds = [.. Enum.GetValues<OperationKind>().Where(model.Has)];
    private long _position;
    private int _lastProcess = -1;
    private bool _mayShare;
    private int _nextProcess;

    public int Processes { get; init; } = 3;

    public int Started { get; private set; }

    public bool AnyOpen => _open.Count > 0;

    public bool IsOpen(int process) => _open.ContainsKey(process);

    public Operation Open(int process) => _open[process];

    public void Start(int process, bool wanted)
    {
        if (!wanted)
        {
            return;
        }

        OperationKind kind = _kinds[random.Next(_kinds.Length)];
        string value = random.Next(kind == OperationKind.Increment ? 1 : 0, 3).ToString(CultureInfo.InvariantCulture);
        Started++;
        _open[process] = new Operation
        {
            Process = process,
            Kind = kind,
            Argument = kind is OperationKind.Read or OperationKind.Get ? null : value,
            Expected = kind == OperationKind.CompareAndSet && random.Next(4) > 0 ? random.Next(3).ToString(CultureInfo.InvariantCulture) : null,
            Invoked = Position(process),
        };
    }

    public void End(int process, string? result)
    {
        _open.Remove(process, out Operation? operation);
        _ended.Add(operation! with { Returned = Position(process), ResultKnown = true, Result = result });
    }

    /// <summary>The operation of a process never returns. As in Jepsen, the client goes on as another process.</summary>
    public void Abandon(int process)
    {
        _open.Remove(process, out Operation? operation);
        _ended.Add(operation! with { Process = Processes + _nextProcess++ });
    }

    public List<Operation> ToHistory() => [.. _ended, .. _open.Values];

    // Now and then two processes' events share a position: then nothing is known of their order.
    private long Position(int process)
    {
        bool isShared = _mayShare && _lastProcess != process && random.Next(8) == 0;
        _mayShare = !isShared; // two at most, so that a process' own events keep their order
        _lastProcess = process;
        return _position += isShared ? 0 : 1;
    }
}
