using System;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using RaftEngine.Bench.Measuring;

namespace RaftEngine.Bench.Budget;

/// <summary><c>budget</c>: what is steered by the measured time of a broadcast, beside fixed settings, in networks of several speeds.</summary>
internal static class BudgetCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        Option<double[]> delay = Numbers("--delay", "Round trips, in milliseconds.", 10_000, [0, 1, 10, 50]);
        Option<double[]> jitter = Numbers("--jitter", "What a round trip may take in addition, in milliseconds; each delay is measured with each, and without.", 10_000, []);
        Option<double[]> loss = Numbers("--loss", "Packets lost, of a hundred; each delay is measured with each, and without.", 50, []);
        Option<string[]> settings = CommaList.Of(
            "--settings", "Only these settings; all by default.", static text => Settings.Names.FirstOrDefault(name => name == text), Array.Empty<string>());
        Option<int[]> payload = CommaList.Numbers("--payload", "Bytes of a command; from 16 KiB on, windows are varied in bytes instead of messages.", 1, 1 << 20, [256]);
        Option<int[]> concurrency = CommaList.Numbers("--concurrency", "Callers, each with one command on its way: a closed loop.", 1, 65_536, [256]);
        Option<Durability> durability = new("--durability") { Description = "What an acknowledged command has survived.", DefaultValueFactory = static _ => Durability.Fsync };
        Option<double> seconds = new("--seconds") { Description = "How long each turn of a setting is measured.", DefaultValueFactory = static _ => 5 };
        Option<double> warmUp = new("--warm-up") { Description = "For how many seconds its load runs before.", DefaultValueFactory = static _ => 2 };
        Option<int> rounds = new("--rounds") { Description = "How many turns each setting has.", DefaultValueFactory = static _ => 3 };
        Option<bool> elections = new("--elections") { Description = "Measures elections instead: how soon there is another leader, and how often one is elected for nothing." };
        Option<int> tries = new("--tries") { Description = "How often the leader is cut off.", DefaultValueFactory = static _ => 10 };
        Option<double> minutes = new("--minutes") { Description = "For how long elections are counted while nothing is cut.", DefaultValueFactory = static _ => 1 };
        Option<FileInfo> json = new("--json") { Description = "Writes everything to this file." };
        Option<FileInfo> markdown = new("--markdown") { Description = "Writes the tables to this file, as Markdown." };
        Option<DirectoryInfo> directory = new("--directory") { Description = "Where the logs lie; they are deleted afterwards. By default the current directory." };
        Option<bool> quick = new("--quick") { Description = "Shows that everything runs, in short turns on new logs; the figures mean nothing." };
        Command command = new("budget", "Measures three nodes over TCP and slow links, with default and with fixed windows, or election timeouts. Linux only.")
        {
            delay, jitter, loss, settings, payload, concurrency, durability, seconds, warmUp, rounds, elections, tries, minutes, json, markdown, directory, quick,
        };
        command.SetAction(parsed => RunAsync(
            new BudgetOptions
            {
                Delays = parsed.GetRequiredValue(delay),
                Jitters = parsed.GetRequiredValue(jitter),
                Losses = parsed.GetRequiredValue(loss),
                Settings = parsed.GetRequiredValue(settings),
                Payloads = parsed.GetRequiredValue(payload),
                Concurrency = parsed.GetRequiredValue(concurrency),
                Durability = parsed.GetValue(durability),
                Time = TimeSpan.FromSeconds(parsed.GetValue(quick) ? 0.2 : parsed.GetValue(seconds)),
                WarmUp = TimeSpan.FromSeconds(parsed.GetValue(quick) ? 0.1 : parsed.GetValue(warmUp)),
                Rounds = parsed.GetValue(quick) ? 1 : Math.Max(1, parsed.GetValue(rounds)),
                IsElections = parsed.GetValue(elections),
                Tries = parsed.GetValue(quick) ? 1 : Math.Max(0, parsed.GetValue(tries)),
                Watch = parsed.GetValue(quick) ? TimeSpan.FromSeconds(0.5) : TimeSpan.FromMinutes(parsed.GetValue(minutes)),
                IsQuick = parsed.GetValue(quick),
            },
            parsed.GetValue(directory)?.FullName ?? Environment.CurrentDirectory,
            parsed.GetValue(json),
            parsed.GetValue(markdown),
            parsed.InvocationConfiguration.Output));
        return command;
    }

    private static Option<double[]> Numbers(string name, string description, double most, double[] otherwise) => CommaList.Of(
        name,
        description,
        text => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value) && value <= most ? value : (object?)null,
        otherwise);

    private static async Task<int> RunAsync(BudgetOptions options, string directory, FileInfo? json, FileInfo? markdown, TextWriter output)
    {
        using Workspace workspace = new(directory);
        workspace.Describe(output);
        WindowSweep windows = new(options, workspace, output);
        ElectionTrials elections = new(options, workspace, output);
        try
        {
            await (options.IsElections ? elections.MeasureAsync() : windows.MeasureAsync()).ConfigureAwait(false);
        }
        finally
        {
            Machine machine = Machine.Current(workspace.FileSystem); // what has been measured stays, whatever then went wrong
            BudgetResults results = new(machine, options.Command, options.IsQuick, windows.Runs, windows.Ratios, elections.Runs);
            await WriteAsync(results, json, markdown, output).ConfigureAwait(false);
        }

        return 0;
    }

    private static async Task WriteAsync(BudgetResults results, FileInfo? json, FileInfo? markdown, TextWriter output)
    {
        new BudgetTable(results, isMarkdown: false, output).Write();
        if (json is not null)
        {
            await File.WriteAllTextAsync(json.FullName, ResultsFormat.Write(results)).ConfigureAwait(false);
        }

        if (markdown is not null)
        {
            StreamWriter page = new(markdown.FullName);
            await using (page.ConfigureAwait(false))
            {
                await page.WriteLineAsync($"Measured on {results.Machine}, with `{results.Command}`.\n").ConfigureAwait(false);
                new BudgetTable(results, isMarkdown: true, page).Write();
            }
        }
    }
}
