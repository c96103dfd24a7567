using System.Collections.Generic;
using System.Threading.Tasks;

namespace RaftEngine.Tests.Exploration;

/// <summary>Never runs the log's background work: the thread that needs a job done then does it itself, as late as
/// possible.</summary>
internal sealed class IdleScheduler : TaskScheduler
{
    public static readonly IdleScheduler Instance = new();

    protected override void QueueTask(Task task)
    {
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks() => [];
}
