using System;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace RaftEngine.Samples.Kv.Demo;

/// <summary>Shows what a demo found out.</summary>
internal static class DemoReport
{
    private const int RedirectedWidth = 132;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>As one JSON object; its names are those of <see cref="DemoResult"/>, in camel case.</summary>
    public static string ToJson(DemoResult result) => JsonSerializer.Serialize(result, Json);

    /// <summary>As a table on standard output: in color on a terminal, plain and wide enough where it is redirected.</summary>
    public static void WriteTable(DemoResult result)
    {
        IAnsiConsole console = AnsiConsole.Console;
        if (Console.IsOutputRedirected)
        {
            console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors });
            console.Profile.Width = RedirectedWidth;
        }

        Table table = new() { Title = new TableTitle("Three replicas, loopback TCP, Durability.Fsync") };
        table.AddColumn("what");
        table.AddColumn(new TableColumn("measured").RightAligned());
        Row(table, $"input", $"{result.Input}");
        Row(table, $"input size, bytes", $"{result.InputBytes:N0}");
        Row(table, $"words, one INCRBY each", $"{result.Commands:N0}");
        Row(table, $"different words", $"{result.DistinctWords:N0}");
        Row(table, $"commands per second", $"{result.CommandsPerSecond:N0}");
        Row(table, $"commit latency with {result.InFlight} in flight, p50", $"{result.P50Micros:N0} \u00b5s");
        Row(table, $"p99", $"{result.P99Micros:N0} \u00b5s");
        Row(table, $"p99.9", $"{result.P999Micros:N0} \u00b5s");
        Row(table, $"commit latency with one client, p50", $"{result.P50OneClientMicros:N0} \u00b5s");
        Row(table, $"loopback round trip + fdatasync, in turns with it, p50", $"{result.FloorRoundTripMicros:N0} + {result.FloorSyncMicros:N0} = {result.FloorMicros:N0} \u00b5s");
        Row(table, $"fsyncs of the leaders under load", $"{result.LeaderSyncs:N0}");
        Row(table, $"entries per fsync", $"{result.EntriesPerSync:N1}");
        Row(table, $"allocated per command, whole process", $"{result.AllocatedBytesPerCommand:N1} bytes");
        Row(table, $"time without a leader (replica {result.LostLeader} was aborted)", $"{result.LeaderlessMillis:N0} ms");
        for (int i = 0; i < result.Fingerprints.Length; i++)
        {
            Row(table, $"replica {i + 1}: log fingerprint at {result.LastIndex:N0}", $"{result.Fingerprints[i]}, counts {(result.CountsMatch[i] ? "right" : "WRONG")}");
        }

        Row(table, $"verdict", $"{(result.Verified ? "all replicas agree" : "THE REPLICAS DO NOT AGREE")}");
        console.Write(table);
    }

    private static void Row(Table table, FormattableString what, FormattableString measured) =>
        table.AddRow(new Text(what.ToString(CultureInfo.InvariantCulture)), new Text(measured.ToString(CultureInfo.InvariantCulture)));
}
