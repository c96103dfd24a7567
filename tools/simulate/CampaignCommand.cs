using System;
using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using RaftEngine.Simulate.Simulation;
using Spectre.Console;

namespace RaftEngine.Simulate;

/// <summary><c>simulate --seeds 1..10000 --minutes 10</c>: runs clusters through every misfortune that they must survive, and says whether they did.</summary>
internal static class CampaignCommand
{
    private const int MostNodes = 9;

    /// <summary>Adds the options and what they do.</summary>
    public static void AddTo(RootCommand root, TextWriter output, TextWriter error)
    {
        Option<(ulong First, ulong Last)> seeds = new("--seeds") { Description = "A seed, or a range of them: 1..10000.", CustomParser = ParseSeeds, Required = true };
        Option<double> minutes = new("--minutes") { Description = "For how many virtual minutes faults happen in each.", DefaultValueFactory = static _ => 10 };
        Option<int[]> nodes = new("--nodes")
        {
            Description = $"How many voters the clusters start with, 1 to {MostNodes}; of several, a seed takes one.",
            CustomParser = ParseNodes,
            DefaultValueFactory = static _ => [3, 5],
        };
        Option<int> jobs = new("--jobs") { Description = "How many simulations run at a time.", DefaultValueFactory = static _ => Environment.ProcessorCount };
        Option<bool> stop = new("--stop") { Description = "The first seed that shows a violation is the last one." };
        Option<bool> json = new("--json") { Description = "The result as JSON." };
        Option<bool> trace = new("--trace") { Description = "Of a single seed, what happens, line by line." };
        foreach (Option option in new Option[] { seeds, minutes, nodes, jobs, stop, json, trace })
        {
            root.Options.Add(option);
        }

        root.SetAction(parsed =>
        {
            (ulong first, ulong last) = parsed.GetValue(seeds);
            Campaign campaign = new(first, last, TimeSpan.FromMinutes(parsed.GetValue(minutes)), parsed.GetValue(nodes)!, parsed.GetValue(jobs))
            {
                StopsAtViolation = parsed.GetValue(stop),
            };
            if (campaign.Duration <= TimeSpan.Zero || campaign.Duration > TimeSpan.FromDays(1) || campaign.Jobs is < 1 or > 256 || (parsed.GetValue(trace) && first != last))
            {
                error.WriteLine("--minutes is more than 0 and at most 1440, --jobs 1 to 256, and --trace needs a single seed.");
                return ExitCodes.Usage;
            }

            return parsed.GetValue(trace) ? Replay(campaign, output) : Run(campaign, parsed.GetValue(json), output, error);
        });
    }

    private static int Replay(Campaign campaign, TextWriter output)
    {
        SimulationResult result = campaign.RunOne(campaign.FirstSeed, output);
        output.WriteLine($"trace hash {result.TraceHash:x16}");
        return result.Violation is null ? ExitCodes.Clean : ExitCodes.Violation;
    }

    private static int Run(Campaign campaign, bool asJson, TextWriter output, TextWriter error)
    {
        long started = Stopwatch.GetTimestamp();
        IReadOnlyList<SimulationResult> results = [];
        int violations = 0;
        double seconds = 0;
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(error) });
        console.Progress().AutoClear(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                ProgressTask task = context.AddTask("seeds", maxValue: campaign.Count);
                results = campaign.Run(result =>
                {
                    seconds += result.VirtualTime.TotalSeconds;
                    violations += result.Violation is null ? 0 : 1;
                    double rate = seconds / Stopwatch.GetElapsedTime(started).TotalSeconds;
                    task.Description = $"{task.Value + 1:N0} of {campaign.Count:N0} seeds, {rate:N0} virtual seconds a second, {violations} violations";
                    task.Increment(1);
                });
            });
        CampaignReport report = new(campaign, results, Stopwatch.GetElapsedTime(started));
        if (asJson)
        {
            report.WriteJson(output);
        }
        else
        {
            report.WriteText(output);
        }

        return report.Violations.Count == 0 ? ExitCodes.Clean : ExitCodes.Violation;
    }

    private static (ulong First, ulong Last) ParseSeeds(ArgumentResult given)
    {
        string[] ends = given.Tokens[0].Value.Split("..");
        bool isFirst = ulong.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out ulong first);
        bool isLast = ulong.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out ulong last);
        if (!isFirst || !isLast || ends.Length > 2 || last < first || last - first >= int.MaxValue)
        {
            given.AddError("--seeds is a number, or a first and a last one: 1..10000.");
        }

        return (first, last);
    }

    private static int[] ParseNodes(ArgumentResult given)
    {
        List<int> all = [];
        foreach (string word in given.Tokens.SelectMany(static token => token.Value.Split(',')))
        {
            if (!int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int count) || count is < 1 or > MostNodes)
            {
                given.AddError($"--nodes is one or more of 1 to {MostNodes}: 3,5,7.");
                return [];
            }

            all.Add(count);
        }

        return [.. all];
    }
}
