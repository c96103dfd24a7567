using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Host;

namespace RaftEngine.Log;

/// <summary>What the log does off the loop: jobs, one after the other, in the order in which they were given. Any
/// thread.</summary>
/// <param name="scheduler">Where they run; the default one stands for a thread of their own.</param>
/// <param name="fail">Is told what a job has thrown. The jobs behind it are run all the same.</param>
internal sealed class BackgroundWork(TaskScheduler scheduler, Action<Exception> fail)
{
    private readonly Queue<Action> _jobs = new();
    private readonly Gate _one = new();
    private bool _isRunning;
    private bool _isScheduled;

    /// <summary>Gives a job. It costs an allocation and perhaps a thread, so it is nothing for every record.</summary>
    public void Run(Action job)
    {
        using (_one.Enter())
        {
            _jobs.Enqueue(job);
            if (_isScheduled)
            {
                return;
            }

            _isScheduled = true;
        }

        if (scheduler == TaskScheduler.Default)
        {
            new EngineThread(RunAll, "raft log").Start(); // nothing flows to it, as it would to a task
        }
        else
        {
            _ = Task.Factory.StartNew(RunAll, CancellationToken.None, TaskCreationOptions.LongRunning, scheduler);
        }
    }

    /// <summary>Returns when every job has ended; jobs that have not begun yet run on the calling thread.</summary>
    public void Finish()
    {
        while (TryTake(out Action? job))
        {
            RunOne(job!);
        }
    }

    /// <summary>Drops the jobs that have not begun yet, and waits for the running one.</summary>
    public void Drop()
    {
        using (_one.Enter())
        {
            _jobs.Clear();
        }

        Finish();
    }

    private void RunAll()
    {
        while (TryTake(out Action? job))
        {
            RunOne(job!);
        }
    }

    private bool TryTake(out Action? job)
    {
        using (_one.Enter())
        {
            bool isInterrupted = false;
            while (_isRunning)
            {
                isInterrupted |= _one.Wait();
            }

            if (isInterrupted)
            {
                Thread.CurrentThread.Interrupt(); // of the host, which has lent the thread
            }

            _isRunning = _jobs.TryDequeue(out job);
            _isScheduled &= _isRunning;
            return _isRunning;
        }
    }

    private void RunOne(Action job)
    {
        try
        {
            job();
        }
#pragma warning disable CA1031 // Whatever it is, the log hears of it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            fail(exception);
        }
        finally
        {
            using (_one.Enter())
            {
                _isRunning = false;
                _one.PulseAll();
            }
        }
    }
}
