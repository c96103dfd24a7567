using System.CommandLine;
using BenchmarkDotNet.Running;
using RaftEngine.Bench.Budget;
using RaftEngine.Bench.Candidates;
using RaftEngine.Bench.CatchUp;
using RaftEngine.Bench.Cluster;
using RaftEngine.Bench.Dump;
using RaftEngine.Bench.Log;
using RaftEngine.Bench.Peers;
using RaftEngine.Bench.Reports;
using RaftEngine.Bench.SlowPeer;

namespace RaftEngine.Bench;

/// <summary>
/// <c>log</c> measures the log beside its baselines, <c>logdump</c> the log's inspector, <c>candidates</c> the designs that lost beside those that won,
/// <c>catch-up</c> what a follower sent a snapshot costs the others, <c>slow-peer</c> what one that is slow or hangs does,
/// <c>budget</c> windows and election timeouts in slow networks, <c>cluster</c> whole clusters under load, <c>peers</c> the engine beside other systems;
/// <c>report</c> draws both. Everything else is BenchmarkDotNet's: <c>--filter '*'</c>, <c>--list flat</c>, and all that it offers.
/// </summary>
internal static class Program
{
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
            BudgetCommand.Create(),
            ClusterCommand.Create(),
            PeersCommand.Create(),
            ReportCommand.Create(),
        };
        if (arguments is [
            "log" or "logdump" or "candidates" or "catch-up" or AwayNodeCommand.Name or "slow-peer" or "budget" or "cluster" or "peers" or "report" or "-h" or "--help", ..])
        {
            return root.Parse(arguments).Invoke();
        }

        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(arguments);
        return 0;
    }
}
