using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text.Json;
using Spectre.Console;

namespace RaftEngine.Bench.Measuring;

/// <summary>The rows of a run, as a table and as JSON.</summary>
internal sealed class Report(IReadOnlyList<Row> rows, string fileSystem, bool isQuick, TimeSpan elapsed)
{
    private static readonly JsonSerializerOptions JsonOptions = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>Prints the table.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="ours">What stands above the first figure.</param>
    /// <param name="baseline">What stands above the second.</param>
    public void Print(TextWriter output, string ours = "ours", string baseline = "baseline")
    {
        Table table = new Table().Border(TableBorder.Simple);
        foreach (string heading in (string[])["what", "ratio", "quartiles", "goal", ours, baseline, "unit", "entries/sync"])
        {
            table.AddColumn(heading);
        }

        foreach (Row row in rows)
        {
            table.AddRow(
                Markup.Escape(row.Name),
                Figure(row.Ratio),
                row.Rounds == 0 ? "" : $"{Figure(row.LowerQuartile)} – {Figure(row.UpperQuartile)}",
                row.Goal is { } goal ? $"{row.Direction} {Figure(goal)}{(row.IsMet == true ? "" : ", missed")}" : "",
                Figure(row.Ours),
                Figure(row.Baseline),
                row.Unit,
                row.EntriesPerSync is { } entries ? $"{Figure(entries)} / {Figure(row.BaselineEntriesPerSync ?? 0)}" : "");
        }

        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = 200;
        console.Write(table);
        output.WriteLine($"Ratios and figures are medians over the rounds, the ratios taken within each round. {elapsed.TotalSeconds:F0} s in all.");
        if (isQuick)
        {
            output.WriteLine("A quick run: the figures mean nothing.");
        }
    }

    /// <summary>Writes the rows to a file.</summary>
    public void WriteJson(string path)
    {
        using FileStream file = File.Create(path);
        JsonSerializer.Serialize(
            file,
            new
            {
                Machine = Machine.Current(fileSystem).ToString(),
                FileSystem = fileSystem,
                IsQuick = isQuick,
                Seconds = Math.Round(elapsed.TotalSeconds, 1),
                Rows = rows,
            },
            JsonOptions);
    }

    private static string Figure(double value) => value switch
    {
        0 => "0",
        >= 10_000 => value.ToString("N0", CultureInfo.InvariantCulture),
        >= 100 => value.ToString("F0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("F1", CultureInfo.InvariantCulture),
        >= 0.1 => value.ToString("F2", CultureInfo.InvariantCulture),
        _ => value.ToString("F3", CultureInfo.InvariantCulture),
    };
}
