using System;
using System.Collections.Generic;
using System.Linq;

namespace RaftEngine.Bench.Cluster;

/// <summary>What is to be measured: every combination.</summary>
internal sealed record SweepOptions
{
    /// <summary>Numbers of nodes.</summary>
    public required IReadOnlyList<int> Nodes { get; init; }

    /// <summary>Sizes of commands, in bytes.</summary>
    public required IReadOnlyList<int> Payloads { get; init; }

    /// <summary>Numbers of callers in closed loops.</summary>
    public required IReadOnlyList<int> Concurrency { get; init; }

    /// <summary>Rates of open loops, commands a second; if there are any, there are no closed loops.</summary>
    public required IReadOnlyList<int> Rates { get; init; }

    /// <summary>What "durable" means.</summary>
    public required IReadOnlyList<Durability> Durability { get; init; }

    /// <summary>How nodes reach each other.</summary>
    public required IReadOnlyList<TransportKind> Transports { get; init; }

    /// <summary>How long each run is measured.</summary>
    public required TimeSpan Time { get; init; }

    /// <summary>How long each load runs before.</summary>
    public required TimeSpan WarmUp { get; init; }

    /// <summary>True if entries are to be applied, and results' continuations run, on the thread that finds them
    /// committed.</summary>
    public required bool RunsInline { get; init; }

    /// <summary>True if it is to be said where the time of commands goes.</summary>
    public required bool Explains { get; init; }

    /// <summary>Only as much as shows that everything runs: logs are not filled.</summary>
    public required bool IsQuick { get; init; }

    /// <summary>Every cluster that is to be measured.</summary>
    public IEnumerable<ClusterShape> Shapes =>
        from transport in Transports
        from durability in Durability
        from nodes in Nodes
        select new ClusterShape(nodes, durability, transport, RunsInline, ProposalQueueBytes, Explains);

    /// <summary>Every load of each cluster: size of a command, callers or 0, rate or null.</summary>
    public IEnumerable<(int Payload, int Concurrency, int? Rate)> Loads => Rates.Count > 0
        ? from payload in Payloads from rate in Rates select (payload, 0, (int?)rate)
        : from payload in Payloads from callers in Concurrency select (payload, callers, (int?)null);

    /// <summary>Room for the commands of all callers of a closed loop.</summary>
    public int ProposalQueueBytes =>
        Rates.Count > 0 ? ClusterShape.DefaultProposalQueueBytes : ClusterShape.ProposalQueueBytesFor(Concurrency.Max(), Payloads.Max());

    /// <summary>What to call to measure the same.</summary>
    public string Command
    {
        get
        {
            List<string> parts =
            [
                "dotnet run -c Release --project bench -- cluster",
                $"--nodes {List(Nodes)}",
                $"--payload {List(Payloads)}",
                Rates.Count > 0 ? $"--rate {List(Rates)}" : $"--concurrency {List(Concurrency)}",
                $"--durability {List(Durability)}",
                $"--transport {List(Transports)}",
                IsQuick ? "--quick" : FormattableString.Invariant($"--seconds {Time.TotalSeconds} --warm-up {WarmUp.TotalSeconds}"),
            ];
            if (RunsInline)
            {
                parts.Add("--inline");
            }

            if (Explains)
            {
                parts.Add("--explain");
            }

            return string.Join(' ', parts);
        }
    }

#pragma warning disable CA1308 // It is the command line's spelling.
    private static string List<T>(IReadOnlyList<T> values) => string.Join(',', values).ToLowerInvariant();
#pragma warning restore CA1308
}
