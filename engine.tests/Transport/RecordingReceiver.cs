using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Protocol;

namespace RaftEngine.Tests.Transport;

/// <summary>Keeps what it receives, answers as it is told, and lets a test wait for what it should come to hold.</summary>
internal sealed class RecordingReceiver : IRaftReceiver
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly Lock _gate = new();
    private readonly List<(Message Message, byte[] Body)> _received = [];
    private readonly Dictionary<ulong, int> _unreachable = [];
    private readonly Dictionary<ulong, int> _entered = [];
    private TaskCompletionSource _changed = NewSignal();
    private Func<Message, ReceiveResult> _answer = static _ => ReceiveResult.Accepted;
    private int _overlaps;
    private int _arrivingReports;

    /// <summary>What to answer to each message offered.</summary>
    public Func<Message, ReceiveResult> Answer
    {
        set
        {
            lock (_gate)
            {
                _answer = value;
            }
        }
    }

    /// <summary>How often two threads were in here at once for one peer.</summary>
    public int Overlaps => Volatile.Read(ref _overlaps);

    /// <summary>How often a part of a message was reported.</summary>
    public int ArrivingReports => Volatile.Read(ref _arrivingReports);

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _received.Count;
            }
        }
    }

    public IReadOnlyList<(Message Message, byte[] Body)> Received
    {
        get
        {
            lock (_gate)
            {
                return [.. _received];
            }
        }
    }

    public int UnreachableReports(ulong nodeId)
    {
        lock (_gate)
        {
            return _unreachable.GetValueOrDefault(nodeId);
        }
    }

    public ReceiveResult Receive(in Message message, ReadOnlySpan<byte> body)
    {
        lock (_gate)
        {
            int inside = _entered.GetValueOrDefault(message.From);
            _overlaps += inside;
            _entered[message.From] = inside + 1;
        }

        Thread.Yield();
        lock (_gate)
        {
            _entered[message.From]--;
            ReceiveResult result = _answer(message);
            if (result == ReceiveResult.Accepted)
            {
                _received.Add((message, body.ToArray()));
            }

            Signal();
            return result;
        }
    }

    public void ReportArriving(in Message message)
    {
        lock (_gate)
        {
            _arrivingReports++;
            Signal();
        }
    }

    public void Flush()
    {
    }

    public void ReportUnreachable(ulong nodeId)
    {
        lock (_gate)
        {
            _unreachable[nodeId] = _unreachable.GetValueOrDefault(nodeId) + 1;
            Signal();
        }
    }

    /// <summary>Waits until a condition on this receiver holds, looking again whenever something has come in.</summary>
    public async Task Until(Func<bool> condition, string what)
    {
        using CancellationTokenSource deadline = new(Deadline);
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                changed = _changed.Task;
            }

            if (condition())
            {
                return;
            }

            try
            {
                await changed.WaitAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"Within {Deadline.TotalSeconds} s it did not come to pass that {what}.");
            }
        }
    }

    public Task UntilReceived(int count) => Until(() => Count >= count, $"{count} messages were received");

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Signal()
    {
        _changed.SetResult();
        _changed = NewSignal();
    }
}
