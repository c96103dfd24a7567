using System;
using System.Collections.Generic;
using System.Threading.Tasks;

namespace RaftEngine.Simulate.Simulation;

/// <summary>Keeps the background work of a log until its time has come. If a job is needed before, the thread that
/// needs it does it.</summary>
internal sealed class SimulatedScheduler(Action<Action> schedule) : TaskScheduler
{
    protected override void QueueTask(Task task) => schedule(() => TryExecuteTask(task));

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks() => [];
}
