using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using RaftEngine.Simulate.Simulation;

namespace RaftEngine.Simulate;

/// <summary>What came of a campaign, as text or as JSON.</summary>
internal sealed class CampaignReport
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DictionaryKeyPolicy = JsonNamingPolicy.CamelCase,
    };

    private readonly Campaign _campaign;
    private readonly IReadOnlyList<SimulationResult> _results;
    private readonly TimeSpan _elapsed;
    private readonly Tally _tally = new();

    public CampaignReport(Campaign campaign, IReadOnlyList<SimulationResult> results, TimeSpan elapsed)
    {
        _campaign = campaign;
        _results = results;
        _elapsed = elapsed;
        foreach (SimulationResult result in results)
        {
            _tally.Add(result.Tally);
            TraceHash = (TraceHash ^ result.TraceHash) * 0x9E37_79B9_7F4A_7C15;
        }

        Violations = [.. results.Where(static result => result.Violation is not null)];
    }

    public IReadOnlyList<SimulationResult> Violations { get; }

    public ulong TraceHash { get; private set; }

    public IEnumerable<(FaultKind Kind, long Count)> Faults => _tally.Faults;

    public IEnumerable<(EventKind Kind, long Count)> Events => _tally.Events;

    private double VirtualSeconds => _results.Sum(static result => result.VirtualTime.TotalSeconds);

    public void WriteJson(TextWriter output) => output.WriteLine(JsonSerializer.Serialize(
        new
        {
            Seeds = _results.Count,
            VirtualHours = Math.Round(VirtualSeconds / 3600, 3),
            Violations = Violations.Select(result => new { result.Seed, Violation = result.Violation!.Message, Replay = ReplayOf(result) }),
            Faults = Faults.ToDictionary(static fault => fault.Kind.ToString(), static fault => fault.Count),
            Events = Events.ToDictionary(static happened => happened.Kind.ToString(), static happened => happened.Count),
            TraceHash = TraceHash.ToString("x16", null),
        },
        Indented));

    public void WriteText(TextWriter output)
    {
        double rate = VirtualSeconds / _elapsed.TotalSeconds;
        output.WriteLine($"{_results.Count} seeds, {VirtualSeconds / 3600:F1} virtual hours in {_elapsed.TotalSeconds:F0} s: {rate:N0} virtual seconds a second");
        output.WriteLine($"trace hash {TraceHash:x16}");
        output.WriteLine("faults: " + string.Join(", ", Faults.Select(static fault => $"{fault.Kind} {fault.Count:N0}")));
        output.WriteLine("events: " + string.Join(", ", Events.Select(static happened => $"{happened.Kind} {happened.Count:N0}")));
        output.WriteLine($"violations: {Violations.Count}");
        foreach (SimulationResult result in Violations)
        {
            output.WriteLine($"  seed {result.Seed}: {result.Violation!.Message}");
            output.WriteLine($"    {ReplayOf(result)}");
        }
    }

    private string ReplayOf(SimulationResult result) => FormattableString.Invariant(
        $"dotnet run -c Release --project tools/simulate -- --seeds {result.Seed} --minutes {_campaign.Duration.TotalMinutes} --nodes {_campaign.NodesOf(result.Seed)} --trace");
}
