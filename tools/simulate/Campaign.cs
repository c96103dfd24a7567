using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using RaftEngine.Simulate.Simulation;

namespace RaftEngine.Simulate;

/// <summary>Many simulations, one for each seed, some at a time.</summary>
/// <param name="FirstSeed">The first seed.</param>
/// <param name="LastSeed">The last seed.</param>
/// <param name="Duration">For how long faults happen in each.</param>
/// <param name="Nodes">How many voters a cluster starts with; a seed takes one of these.</param>
/// <param name="Jobs">How many simulations run at a time.</param>
internal sealed record Campaign(ulong FirstSeed, ulong LastSeed, TimeSpan Duration, IReadOnlyList<int> Nodes, int Jobs)
{
    /// <summary>True if no seeds are begun after one that shows a violation.</summary>
    public bool StopsAtViolation { get; init; }

    public int Count => (int)(LastSeed - FirstSeed + 1);

    /// <summary>Runs one seed.</summary>
    public SimulationResult RunOne(ulong seed, TextWriter? trace = null)
    {
        using SimulatedCluster cluster = new(new SimulationOptions { Seed = seed, Duration = Duration, Nodes = NodesOf(seed), Trace = trace });
        return cluster.Run();
    }

    /// <summary>How many voters a seed's cluster starts with.</summary>
    public int NodesOf(ulong seed) => Nodes[(int)(seed % (ulong)Nodes.Count)];

    /// <summary>Runs all.</summary>
    /// <param name="ended">Called after each, one at a time.</param>
    /// <returns>The results, in the order of their seeds. If it stops at a violation, the last one is the first seed that shows one: all seeds before it are run to their end,
    /// so that it is the same seed however many run at a time.</returns>
    public IReadOnlyList<SimulationResult> Run(Action<SimulationResult> ended)
    {
        SimulationResult?[] results = new SimulationResult?[Count];
        Lock one = new();
        int next = -1;
        int last = Count - 1;
        Thread[] workers = [.. Enumerable.Range(0, Math.Min(Jobs, Count)).Select(_ => new Thread(Work) { IsBackground = true })];
        Array.ForEach(workers, static worker => worker.Start());
        Array.ForEach(workers, static worker => worker.Join());
        return [.. results.Take(last + 1).Select(static result => result!)];

        void Work()
        {
            for (int i = Interlocked.Increment(ref next); i <= Volatile.Read(ref last); i = Interlocked.Increment(ref next))
            {
                SimulationResult result = results[i] = RunOne(FirstSeed + (ulong)i);
                lock (one)
                {
                    ended(result);
                    if (StopsAtViolation && result.Violation is not null)
                    {
                        Volatile.Write(ref last, Math.Min(last, i)); // pairs with the read in the loop; who misses it runs a seed in vain
                    }
                }
            }
        }
    }
}
