using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using RaftEngine.Bench.Measuring;

namespace RaftEngine.Bench.Budget;

/// <summary>What is to be measured.</summary>
internal sealed record BudgetOptions
{
    private const int QuickSegmentBytes = 2 << 20;

    /// <summary>Round trips, in milliseconds.</summary>
    public required IReadOnlyList<double> Delays { get; init; }

    /// <summary>What round trips may take in addition, in milliseconds.</summary>
    public required IReadOnlyList<double> Jitters { get; init; }

    /// <summary>Packets lost of a hundred.</summary>
    public required IReadOnlyList<double> Losses { get; init; }

    /// <summary>Names of settings; empty for all.</summary>
    public required IReadOnlyList<string> Settings { get; init; }

    /// <summary>Sizes of commands, in bytes.</summary>
    public required IReadOnlyList<int> Payloads { get; init; }

    /// <summary>Numbers of callers in closed loops.</summary>
    public required IReadOnlyList<int> Concurrency { get; init; }

    /// <summary>What "durable" means.</summary>
    public required Durability Durability { get; init; }

    /// <summary>How long each turn is measured.</summary>
    public required TimeSpan Time { get; init; }

    /// <summary>How long its load runs before.</summary>
    public required TimeSpan WarmUp { get; init; }

    /// <summary>How many turns each setting has.</summary>
    public required int Rounds { get; init; }

    /// <summary>True if elections are measured, and not windows.</summary>
    public required bool IsElections { get; init; }

    /// <summary>How often the leader is cut off.</summary>
    public required int Tries { get; init; }

    /// <summary>For how long elections are counted while nothing is cut.</summary>
    public required TimeSpan Watch { get; init; }

    /// <summary>Only as much as shows that everything runs.</summary>
    public required bool IsQuick { get; init; }

    /// <summary>The links of each network: every delay alone, with each jitter, and with each loss. Null stands for none at all: nodes that reach each other directly.</summary>
    public IEnumerable<LinkDelay?> Networks
    {
        get
        {
            foreach (double delay in Delays)
            {
                if (delay == 0 && !IsElections)
                {
                    yield return null; // what the proxies cost themselves is seen beside it
                }

                yield return new LinkDelay(delay);
                foreach (double jitter in Jitters)
                {
                    yield return new LinkDelay(delay, jitter);
                }

                foreach (double loss in Losses)
                {
                    yield return new LinkDelay(delay, LossPercent: loss);
                }
            }
        }
    }

    /// <summary>What to call to measure the same.</summary>
    public string Command
    {
        get
        {
            List<string> parts = ["dotnet run -c Release --project bench -- budget", $"--delay {List(Delays)}"];
            Add("--jitter", Jitters.Count > 0, List(Jitters));
            Add("--loss", Losses.Count > 0, List(Losses));
            Add("--settings", Settings.Count > 0, $"\"{string.Join(',', Settings)}\"");
            Add("--elections", IsElections, Text($"--tries {Tries} --minutes {Watch.TotalMinutes}"));
            Add("--payload", !IsElections, Text($"{List(Payloads)} --concurrency {List(Concurrency)} --rounds {Rounds}"));
            Add("--seconds", !IsElections, Text($"{Time.TotalSeconds} --warm-up {WarmUp.TotalSeconds}"));
#pragma warning disable CA1308 // It is the command line's spelling.
            Add("--durability", true, Durability.ToString().ToLowerInvariant());
#pragma warning restore CA1308
            return string.Join(' ', parts) + (IsQuick ? " --quick" : "");

            void Add(string name, bool applies, string value)
            {
                if (applies)
                {
                    parts.Add($"{name} {value}");
                }
            }
        }
    }

    /// <summary>Those of them that are to be measured.</summary>
    public IReadOnlyList<Setting> Chosen(IReadOnlyList<Setting> all) => Settings.Count == 0 ? all : [.. all.Where(setting => Settings.Contains(setting.Name))];

    /// <summary>What gives the options of nodes with a setting. In a quick run they write small files.</summary>
    public Func<RaftOptions, RaftOptions> Adjust(Setting setting) =>
        IsQuick ? given => setting.Apply(given) with { SegmentSizeBytes = QuickSegmentBytes } : setting.Apply;

    private static string List<T>(IEnumerable<T> values) => string.Join(',', values.Select(static value => Convert.ToString(value, CultureInfo.InvariantCulture)));

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
