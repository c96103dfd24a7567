using System.Collections.Generic;
using System.Threading.Tasks;

namespace RaftEngine.Tests.Log;

/// <summary>Runs the log's background work at once, on the thread that asks for it: what a test sees is then the same every time.</summary>
internal sealed class InlineScheduler : TaskScheduler
{
    public static readonly InlineScheduler Instance = new();

    protected override void QueueTask(Task task) => TryExecuteTask(task);

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks() => [];
}
