using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace RaftEngine.Log;

/// <summary>What the log does off the loop: jobs, one after the other, in the order in which they were given. Any thread. A job throws nothing.</summary>
internal sealed class BackgroundWork(TaskScheduler scheduler)
{
    private readonly Queue<Action> _jobs = new();
    private readonly object _one = new();
    private bool _isRunning;
    private bool _isScheduled;

    /// <summary>Gives a job. It costs an allocation and perhaps a thread, so it is nothing for every record.</summary>
    public void Run(Action job)
    {
        lock (_one)
        {
            _jobs.Enqueue(job);
            if (_isScheduled)
            {
                return;
            }

            _isScheduled = true;
        }

        _ = Task.Factory.StartNew(RunAll, CancellationToken.None, TaskCreationOptions.LongRunning, scheduler);
    }

    /// <summary>Returns when every job has ended; those that nobody has begun yet are run here.</summary>
    public void Finish()
    {
        while (TryTake(out Action? job))
        {
            RunOne(job!);
        }
    }

    /// <summary>Forgets the jobs that nobody has begun yet, and waits for the one that has been.</summary>
    public void Drop()
    {
        lock (_one)
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
        lock (_one)
        {
            while (_isRunning)
            {
                Monitor.Wait(_one);
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
        finally
        {
            lock (_one)
            {
                _isRunning = false;
                Monitor.PulseAll(_one);
            }
        }
    }
}
