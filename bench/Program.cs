using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Linq;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using RaftEngine.Bench.Budget;
using RaftEngine.Bench.Candidates;
using RaftEngine.Bench.CatchUp;
using RaftEngine.Bench.Cluster;
using RaftEngine.Bench.Dump;
using RaftEngine.Bench.Log;
using RaftEngine.Bench.Peers;
using RaftEngine.Bench.Readers;
using RaftEngine.Bench.Reports;
using RaftEngine.Bench.SlowPeer;

namespace RaftEngine.Bench;

/// <summary>
/// <c>log</c> measures the log beside its baselines, <c>logdump</c> the log's inspector, <c>candidates</c> the designs that lost beside those that won,
/// <c>catch-up</c> what a follower sent a snapshot costs the others, <c>slow-peer</c> what one that is slow or hangs does, <c>readers</c> what one who reads the log does,
/// <c>budget</c> windows and election timeouts in slow networks, <c>cluster</c> whole clusters under load, <c>peers</c> the engine beside other systems;
/// <c>report</c> draws both. Everything else is BenchmarkDotNet's: <c>--filter '*'</c>, <c>--list flat</c>, and all that it offers.
/// </summary>
internal static class Program
{
    /// <summary>Each run builds a project of its own, which takes minutes on a small machine that is busy.</summary>
    private static readonly TimeSpan BuildTimeout = TimeSpan.FromMinutes(15);

    private static int Main(string[] arguments)
    {
        RootCommand root = new("Benchmarks of the engine, each beside its baseline. Without one of these commands, the arguments are BenchmarkDotNet's.")
        {
            LogCommand.Create(),
            DumpCommand.Create(),
            CandidatesCommand.Create(),
            CatchUpCommand.Create(),
            AwayNodeCommand.Create(),
            SlowPeerCommand.Create(),
            ReaderCommand.Create(),
            BudgetCommand.Create(),
            ClusterCommand.Create(),
            PeersCommand.Create(),
            ReportCommand.Create(),
        };
        if (arguments.Length > 0 && (arguments[0] is "-h" or "--help" || root.Subcommands.Any(command => command.Name == arguments[0])))
        {
            return root.Parse(arguments).Invoke();
        }

        IConfig config = ManualConfig.Create(DefaultConfig.Instance).WithBuildTimeout(BuildTimeout);
        IEnumerable<Summary> summaries = BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(arguments, config);
        return summaries.Any(static summary => summary.HasCriticalValidationErrors || summary.Reports.Any(static report => !report.Success)) ? 1 : 0;
    }
}
