using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Host;

namespace RaftEngine.Transport;

/// <summary>
/// Hands one node of an <see cref="InMemoryNetwork"/> what the links to it carry. The thread is the node's own, so that its messages do not depend on the thread pool.
/// </summary>
internal sealed class DeliveryThread
{
    private const int BusyRetryMilliseconds = 1;

    private readonly EngineThread _thread;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<InMemoryLink> _busy = []; // the thread's
    private long _retryAt; // the thread's: when it looks at those again
    private readonly Gate _gate = new();

    // Under _gate.
    private readonly Queue<InMemoryLink> _ready = new();
    private bool _isStarted;
    private bool _isStopping;

    public DeliveryThread(string name) => _thread = new EngineThread(Run, name);

    /// <summary>Begins.</summary>
    public void Start()
    {
        _thread.Start();
        using (_gate.Enter())
        {
            _isStarted = true;
        }
    }

    /// <summary>Delivers what a link has; it is not added again before all is delivered. Any thread.</summary>
    public void Add(InMemoryLink link)
    {
        using (_gate.Enter())
        {
            _ready.Enqueue(link);
            _gate.Pulse();
        }
    }

    /// <summary>Ends the thread, once every link that it delivers is closed. Any thread.</summary>
    /// <returns>A task that ends when it does nothing more.</returns>
    public Task StopAsync()
    {
        using (_gate.Enter())
        {
            _isStopping = true;
            _gate.Pulse();
            return _isStarted ? _ended.Task : Task.CompletedTask;
        }
    }

    private void Run()
    {
        while (TryTake(out InMemoryLink? link))
        {
            if (link is null)
            {
                _busy.RemoveAll(static busy => busy.Deliver());
                _retryAt = Environment.TickCount64 + BusyRetryMilliseconds;
            }
            else if (!link.Deliver())
            {
                _busy.Add(link);
            }
        }

        _ended.SetResult();
    }

    // Gives no link if it is time to look at the busy ones again; false if the thread is to end.
    private bool TryTake(out InMemoryLink? link)
    {
        link = null;
        using (_gate.Enter())
        {
            while (_busy.Count == 0 || Environment.TickCount64 < _retryAt)
            {
                if (_ready.TryDequeue(out link))
                {
                    return true;
                }

                if (_isStopping && _busy.Count == 0)
                {
                    return false;
                }

                _gate.Wait(_busy.Count > 0 ? BusyRetryMilliseconds : Timeout.Infinite);
            }

            return true;
        }
    }
}
