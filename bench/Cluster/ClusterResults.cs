using System;
using System.Collections.Generic;
using System.Linq;
using RaftEngine.Bench.Measuring;

namespace RaftEngine.Bench.Cluster;

/// <summary>All runs of one call, as they stand in a file.</summary>
/// <param name="Machine">Where they ran.</param>
/// <param name="Command">What to call to repeat them.</param>
/// <param name="IsQuick">True if the figures mean nothing.</param>
/// <param name="FloorMicros">The median of the runs' floors, in microseconds; 0 if none has one.</param>
/// <param name="CallerCpuMicrosPerCommand">Of each command's processor time, what the callers of a closed loop and their continuations take themselves, at most.</param>
/// <param name="Runs">The runs, in their order.</param>
internal sealed record ClusterResults(
    Machine Machine, string Command, bool IsQuick, double FloorMicros, double CallerCpuMicrosPerCommand, IReadOnlyList<ClusterRun> Runs)
{
    /// <summary>Puts runs together.</summary>
    public static ClusterResults Of(Machine machine, string command, bool isQuick, double callerCpuMicrosPerCommand, IReadOnlyList<ClusterRun> runs)
    {
        double[] floors = [.. runs.Where(static run => run.FloorMicros is not null).Select(static run => run.FloorMicros!.Value).Order()];
        return new ClusterResults(machine, command, isQuick, floors.Length == 0 ? 0 : floors[floors.Length / 2], Math.Round(callerCpuMicrosPerCommand, 3), runs);
    }
}
