using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Serialization;
using Spectre.Console;

namespace RaftEngine.Simulate.Pacing;

/// <summary><c>simulate pace</c>: election timeouts that follow what is measured, beside fixed ones, in networks and on disks of many kinds.</summary>
internal static class PaceCommand
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private static readonly PaceWeather[] Weathers =
    [
        new("0.1 ms", 0.1, 0, 0, 0.2),
        new("0.1 ms, syncs of 30 ms", 0.1, 0, 0, 30),
        new("1 ms", 1, 0.1, 0, 0.2),
        new("10 ms", 10, 1, 0, 0.2),
        new("50 ms", 50, 5, 0, 0.2),
        new("50 ms, as much jitter", 25, 25, 0, 0.2),
        new("50 ms, as much jitter, 1 % lost", 25, 25, 0.01, 0.2),
        new("200 ms", 200, 20, 0, 0.2),
        new("200 ms, as much jitter, 1 % lost", 100, 100, 0.01, 0.2),
        new("600 ms", 600, 60, 0, 0.2),
    ];

    private static readonly PaceSetting[] Settings =
    [
        new(TimeSpan.FromMilliseconds(100), IsMeasured: false),
        new(TimeSpan.FromMilliseconds(100), IsMeasured: true),
        new(TimeSpan.FromMilliseconds(300), IsMeasured: false),
        new(TimeSpan.FromMilliseconds(300), IsMeasured: true),
        new(TimeSpan.FromSeconds(1), IsMeasured: false),
        new(TimeSpan.FromSeconds(3), IsMeasured: false),
    ];

    public static Command Create(TextWriter output, TextWriter error)
    {
        Option<double> minutes = new("--minutes") { Description = "For how many virtual minutes false elections are counted.", DefaultValueFactory = static _ => 10 };
        Option<int> tries = new("--tries") { Description = "How many times a leader is cut off.", DefaultValueFactory = static _ => 20 };
        Option<ulong> seed = new("--seed") { Description = "What all randomness follows from.", DefaultValueFactory = static _ => 1 };
        Option<bool> json = new("--json") { Description = "The figures as JSON." };
        Command command = new("pace", "Compares election timeouts that follow what is measured with fixed ones: false elections, and how long a lost leader goes unnoticed.")
        {
            minutes, tries, seed, json,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(minutes) is not (> 0 and <= 1440) || parsed.GetValue(tries) is < 1 or > 10_000)
            {
                error.WriteLine("--minutes is more than 0 and at most 1440, --tries 1 to 10000.");
                return ExitCodes.Usage;
            }

            PaceFigures[] figures = Measure(TimeSpan.FromMinutes(parsed.GetValue(minutes)), parsed.GetValue(tries), parsed.GetValue(seed));
            if (parsed.GetValue(json))
            {
                output.WriteLine(JsonSerializer.Serialize(figures, Json));
            }
            else
            {
                Print(figures, output);
            }

            return ExitCodes.Clean;
        });
        return command;
    }

    private static PaceFigures[] Measure(TimeSpan duration, int tries, ulong seed)
    {
        PaceTrial[] trials = [.. from weather in Weathers from setting in Settings select new PaceTrial(weather, setting, duration, tries, seed)];
        return [.. trials.AsParallel().AsOrdered().Select(static trial => trial.Run())];
    }

    private static void Print(IEnumerable<PaceFigures> figures, TextWriter output)
    {
        Table table = new Table().Border(TableBorder.Simple);
        table.AddColumn("round trip");
        table.AddColumn("election timeout");
        foreach (string column in new[] { "false elections", "operations/s", "in force, ms", "broadcast p99, ms", "detection, ms", "longest, ms" })
        {
            table.AddColumn(new TableColumn(column).RightAligned());
        }

        foreach (PaceFigures row in figures)
        {
            table.AddRow(row.Weather, row.Setting, Text(row.FalseElections, 0), Text(row.OperationsPerSecond, 1), Text(row.ElectionTimeoutMilliseconds, 0),
                Text(row.BroadcastMilliseconds, 1), Text(row.DetectionMilliseconds, 0), Text(row.MaxDetectionMilliseconds, 0));
        }

        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output), Ansi = AnsiSupport.No });
        console.Profile.Width = 160;
        console.Write(table);
    }

    private static string Text(double value, int digits) => double.IsFinite(value) ? value.ToString("N" + digits, CultureInfo.InvariantCulture) : "never";
}
