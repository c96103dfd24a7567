using System;
using System.Threading;
using System.Threading.Tasks;

namespace RaftEngine.Host;

/// <summary>
/// A thread of the engine's own. It starts in the default context, whatever that of its starter is, and keeps no process
/// alive. State machines are called in the <see cref="NeutralContext"/>.
/// </summary>
internal sealed class EngineThread
{
    private readonly Thread _thread;
    private volatile bool _isStarted; // Start and Join may come from two threads

    public EngineThread(Action run, string name, ThreadPriority priority = ThreadPriority.Normal) =>
        _thread = new Thread(new ThreadStart(run))
        {
            Name = name,
            IsBackground = true,
            Priority = priority,
        };

    /// <summary>True on the thread itself.</summary>
    public bool IsCurrent => Thread.CurrentThread == _thread;

    public void Start()
    {
        _thread.UnsafeStart();
        _isStarted = true;
    }

    /// <summary>Waits until the thread has ended. Returns at once if it was not started, and on the thread
    /// itself.</summary>
    public void Join()
    {
        while (_isStarted && !IsCurrent)
        {
            try
            {
                _thread.Join();
                return;
            }
            catch (ThreadInterruptedException)
            {
                // This wait ends soon, and what waits must not go on before.
            }
        }
    }

    /// <summary>Runs something on a thread of its own. The task's continuations may run there, too: the host's thread
    /// pool may be blocked.</summary>
    public static Task<T> RunAsync<T>(Func<T> run, string name)
    {
        TaskCompletionSource<T> end = new();
        new EngineThread(
            () =>
            {
                T result;
                try
                {
                    result = run();
                }
#pragma warning disable CA1031 // The awaiter of the task looks at it.
                catch (Exception exception)
#pragma warning restore CA1031
                {
                    end.SetException(exception);
                    return;
                }

                end.SetResult(result);
            },
            name).Start();
        return end.Task;
    }
}
