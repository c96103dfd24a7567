using System;
using System.Collections.Generic;
using RaftEngine.Host;

namespace RaftEngine.Transport;

/// <summary>
/// Makes the handshakes of a transport's TLS connections, on a thread of its own: signatures, and what the host is
/// asked about certificates, must not hold up the node.
/// </summary>
internal sealed class TlsThread
{
    private readonly Gate _gate = new();
    private readonly Queue<TlsChannel> _waiting = []; // under the gate; those that have been closed are passed over
    private readonly Action _stepped;
    private readonly EngineThread _thread;
    private bool _isStopping; // under the gate

    /// <summary>A thread; call <see cref="Start"/>.</summary>
    /// <param name="stepped">Called after each step, on the thread.</param>
    /// <param name="name">The thread's name.</param>
    public TlsThread(Action stepped, string name)
    {
        _stepped = stepped;
        _thread = new EngineThread(Run, name);
    }

    /// <summary>Begins.</summary>
    public void Start() => _thread.Start();

    /// <summary>Has a handshake go on. The poll thread, which no longer watches the socket.</summary>
    public void Step(TlsChannel channel)
    {
        channel.BeginStep();
        using (_gate.Enter())
        {
            _waiting.Enqueue(channel);
            _gate.Pulse();
        }
    }

    /// <summary>Ends the thread after the step under way. Any thread.</summary>
    public void Stop()
    {
        using (_gate.Enter())
        {
            _isStopping = true;
            _gate.Pulse();
        }
    }

    private void Run()
    {
        while (TryTake(out TlsChannel channel))
        {
            channel.Step();
            _stepped();
        }
    }

    private bool TryTake(out TlsChannel channel)
    {
        using (_gate.Enter())
        {
            while (!_isStopping)
            {
                if (_waiting.TryDequeue(out channel!))
                {
                    return true;
                }

                _gate.Wait();
            }
        }

        channel = null!;
        return false;
    }
}
