using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using RaftEngine.Simulate;
using RaftEngine.Simulate.Simulation;
using Xunit;

namespace RaftEngine.Tests.Simulation;

/// <summary>Whole clusters on a virtual clock, through every misfortune that they must survive. For more seeds, and longer ones:
/// RAFTENGINE_SIMULATION_SEEDS, RAFTENGINE_SIMULATION_MINUTES.</summary>
public sealed class SimulationTests
{
    private static readonly int[] Nodes = [3, 5, 3, 4];

    [Fact]
    public void Clusters_survive_every_misfortune()
    {
        int seeds = (int)Knob("RAFTENGINE_SIMULATION_SEEDS", 300);
        Campaign campaign = new(1, (ulong)seeds, TimeSpan.FromMinutes(Knob("RAFTENGINE_SIMULATION_MINUTES", 0.5)), Nodes, Environment.ProcessorCount);

        CampaignReport report = new(campaign, campaign.Run(static _ => { }), TimeSpan.FromSeconds(1));

        using StringWriter text = new();
        report.WriteText(text);
        Assert.True(report.Violations.Count == 0, text.ToString());
        if (seeds >= 300)
        {
            // Misfortunes that never happen, and machinery that never runs, prove nothing.
            Assert.DoesNotContain(report.Faults, static fault => fault.Count == 0);
            Assert.DoesNotContain(report.Events, static happened => happened.Count == 0);
        }
    }

    [Theory]
    [InlineData(7UL)]
    [InlineData(8UL)]
    [InlineData(9UL)]
    public void A_seed_gives_the_same_trace_every_time(ulong seed)
    {
        string first = TraceOf(seed);

        Assert.Equal(first, TraceOf(seed));
        Assert.NotEqual(first, TraceOf(seed + 100));
    }

    [Theory]
    [InlineData(Sabotage.DisksIgnoreSyncs, "which is not on disk", 1)]
    [InlineData(Sabotage.NobodySyncs, "durable", 1)]
    [InlineData(Sabotage.DisksGoBack, "comes up", 1)]
    [InlineData(Sabotage.VotesAreForged, "leads term", 1)]
    [InlineData(Sabotage.ClocksRunWild, "has a lease", 150)] // the seeds before show nothing, and take long
    [InlineData(Sabotage.WipedNodesGoOn, "", 1)]
    public void A_defect_is_noticed(object kind, string words, int firstSeed)
    {
        Sabotage sabotage = (Sabotage)kind;
        List<string> found = [];
        for (ulong seed = (ulong)firstSeed; seed <= 400 && !found.Exists(message => message.Contains(words, StringComparison.Ordinal)); seed++)
        {
            using SimulatedCluster cluster = new(new SimulationOptions { Seed = seed, Duration = TimeSpan.FromMinutes(1), Sabotage = sabotage });
            if (cluster.Run().Violation is { } violation)
            {
                found.Add(violation.Message);
            }
        }

        Assert.Contains(found, message => message.Contains(words, StringComparison.Ordinal));
    }

    private static string TraceOf(ulong seed)
    {
        using StringWriter text = new();
        using SimulatedCluster cluster = new(new SimulationOptions { Seed = seed, Duration = TimeSpan.FromSeconds(30), Trace = text });
        SimulationResult result = cluster.Run();
        return text + result.TraceHash.ToString(CultureInfo.InvariantCulture);
    }

    private static double Knob(string name, double usual) =>
        double.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.Float, CultureInfo.InvariantCulture, out double given) ? given : usual;
}
