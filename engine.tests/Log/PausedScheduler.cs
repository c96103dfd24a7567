using System.Collections.Generic;
using System.Threading.Tasks;

namespace RaftEngine.Tests.Log;

/// <summary>While it is paused, keeps the log's background work for later: the helper thread that never got to run.</summary>
internal sealed class PausedScheduler : TaskScheduler
{
    private readonly List<Task> _waiting = [];

    /// <summary>While true, nothing runs; when it becomes false, what waited does.</summary>
    public bool IsPaused
    {
        get;
        set
        {
            field = value;
            while (!value && _waiting.Count != 0)
            {
                Task task = _waiting[0];
                _waiting.RemoveAt(0);
                TryExecuteTask(task);
            }
        }
    }

    protected override void QueueTask(Task task)
    {
        if (IsPaused)
        {
            _waiting.Add(task);
        }
        else
        {
            TryExecuteTask(task);
        }
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks() => _waiting;
}
