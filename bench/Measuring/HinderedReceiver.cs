using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using RaftEngine.Protocol;

namespace RaftEngine.Bench.Measuring;

/// <summary>
/// Holds messages up on their way to a node, in their order: what is delayed waits in a bounded queue, for a thread that hands it on when its time has come; what comes
/// while that is full, or the node is paused, waits in the transport.
/// </summary>
internal sealed class HinderedReceiver : IRaftReceiver, IDisposable
{
    private const int MostQueued = 4096;

    private readonly IRaftReceiver _inner;
    private readonly Hindrance _hindrance;
    private readonly Thread _thread;
    private readonly object _gate = new();
    private readonly Queue<(long Due, Message Message, byte[] Body)> _queue = new(); // under the gate; what the thread hands on stays in it until it has been taken
    private bool _isStopping; // under the gate

    public HinderedReceiver(IRaftReceiver inner, Hindrance hindrance)
    {
        _inner = inner;
        _hindrance = hindrance;
        _thread = new Thread(Run) { Name = "delayed messages", IsBackground = true };
        _thread.Start();
    }

    public ReceiveResult Receive(in Message message, ReadOnlySpan<byte> body)
    {
        if (_hindrance.IsPaused)
        {
            return ReceiveResult.Busy;
        }

        TimeSpan delay = _hindrance.Delay;
        lock (_gate)
        {
            if (delay > TimeSpan.Zero || _queue.Count > 0)
            {
                if (_queue.Count == MostQueued)
                {
                    return ReceiveResult.Busy;
                }

                _queue.Enqueue((Stopwatch.GetTimestamp() + (long)(delay.TotalSeconds * Stopwatch.Frequency), message, body.ToArray()));
                Monitor.Pulse(_gate);
                return ReceiveResult.Accepted;
            }
        }

        return _inner.Receive(in message, body);
    }

    public void Flush() => _inner.Flush();

    public void ReportUnreachable(ulong nodeId) => _inner.ReportUnreachable(nodeId);

    public void Dispose()
    {
        lock (_gate)
        {
            _isStopping = true;
            Monitor.Pulse(_gate);
        }

        _thread.Join();
    }

    private void Run()
    {
        PreciseSleep.PrepareThread();
        while (TryPeek(out (long Due, Message Message, byte[] Body) next))
        {
            PreciseSleep.Until(next.Due);
            ReceiveResult result;
            while ((result = _inner.Receive(in next.Message, next.Body)) == ReceiveResult.Busy)
            {
                Thread.Sleep(1);
            }

            _inner.Flush();
            lock (_gate)
            {
                _queue.Dequeue();
            }

            if (result == ReceiveResult.Stopped)
            {
                return;
            }
        }
    }

    private bool TryPeek(out (long Due, Message Message, byte[] Body) next)
    {
        lock (_gate)
        {
            while (_queue.Count == 0 && !_isStopping)
            {
                Monitor.Wait(_gate);
            }

            return _queue.TryPeek(out next) && !_isStopping;
        }
    }
}
