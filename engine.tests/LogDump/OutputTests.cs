using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Threading;
using RaftEngine.Log;
using RaftEngine.LogDump.Output;
using RaftEngine.Protocol;
using RaftEngine.Tests.Log;
using Xunit;
using LogDumpProgram = RaftEngine.LogDump.Program;

namespace RaftEngine.Tests.LogDump;

/// <summary>The formats: what a program reads is valid, complete, and says the same in each of them.</summary>
public sealed class OutputTests : IDisposable
{
    private static readonly string[] Commands = ["info", "segments", "list", "verify", "stats", "terms", "map"];

    private readonly TemporaryLog _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Json_is_one_document_whatever_the_payloads_hold_and_json_lines_are_its_rows()
    {
        AppendOddities();
        foreach (string command in (string[])[.. Commands, "show"])
        {
            string[] arguments = command == "show" ? [command, _directory.Path, "2"] : [command, _directory.Path];
            DumpRun json = DumpRun.Of([.. arguments, "--format", "json"]);
            DumpRun lines = DumpRun.Of([.. arguments, "--format", "jsonl"]);
            Assert.Equal((0, 0), (json.ExitCode, lines.ExitCode));
            using JsonDocument document = JsonDocument.Parse(json.Output);
            Assert.Equal("logdump/1", document.RootElement.GetProperty("schema").GetString());
            Assert.Equal(command, document.RootElement.GetProperty("command").GetString());
            List<string> rows = [];
            foreach (JsonProperty table in document.RootElement.EnumerateObject().Skip(2))
            {
                rows.AddRange(table.Value.ValueKind == JsonValueKind.Array ? table.Value.EnumerateArray().Select(Members) : [Members(table.Value)]);
            }

            string[] single = lines.Output.TrimEnd('\n').Split('\n');
            Assert.All(single, line => Assert.EndsWith("/1", JsonDocument.Parse(line).RootElement.GetProperty("schema").GetString(), StringComparison.Ordinal));
            Assert.Equal(rows, single.Select(line => Members(JsonDocument.Parse(line).RootElement)));
        }
    }

    [Fact]
    public void Json_lines_of_a_list_say_of_each_entry_what_the_log_says()
    {
        AppendOddities();
        JsonElement[] rows = [.. DumpRun.Of("list", _directory.Path, "--format", "jsonl").Output.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal([1L, 2, 3], rows.Select(row => row.GetProperty("index").GetInt64()));
        Assert.Equal(["no-op", "command", "command"], rows.Select(row => row.GetProperty("kind").GetString()));
        Assert.Equal(["", "\"quoted\", \\ and\t.".Replace('\t', '.'), new string('x', 48) + "…"], rows.Select(row => row.GetProperty("payload").GetString()));
        LogVerification log = LogInspector.Open(_directory.Path).Verify();
        Assert.Equal($"{log.Fingerprint:x16}", rows[^1].GetProperty("chain").GetString());
    }

    [Fact]
    public void Csv_quotes_what_has_to_be_quoted()
    {
        AppendOddities();
        string[] lines = DumpRun.Of("list", _directory.Path, "--format", "csv").Output.TrimEnd('\n').Split('\n');
        Assert.Equal("index,term,kind,bytes,segment,offset,chain,payload", lines[0]);
        Assert.StartsWith("1,1,no-op,0,00000000000000000001.segment,4096,", lines[1], StringComparison.Ordinal);
        Assert.EndsWith(",\"\"\"quoted\"\", \\ and..\"", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_found_before_damage_is_a_whole_document_too()
    {
        _directory.Append(10);
        _directory.Close();
        _directory.Edit(SegmentFormat.NameOf(1), static bytes => bytes[SegmentFormat.HeaderBytes + (5 * 56) + 30] ^= 1);
        DumpRun run = DumpRun.Of("list", _directory.Path, "--format", "json");
        Assert.Equal(1, run.ExitCode);
        using JsonDocument document = JsonDocument.Parse(run.Output);
        Assert.Equal(5, document.RootElement.GetProperty("entries").GetArrayLength());
        using JsonDocument verdict = JsonDocument.Parse(DumpRun.Of("verify", _directory.Path, "--format", "json").Output);
        JsonElement finding = Assert.Single(verdict.RootElement.GetProperty("findings").EnumerateArray());
        Assert.Equal(
            ("damage", 6L, SegmentFormat.HeaderBytes + (5 * 56L)),
            (finding.GetProperty("severity").GetString(), finding.GetProperty("index").GetInt64(), finding.GetProperty("offset").GetInt64()));
    }

    [Theory]
    [InlineData(false, false, "auto", false)]
    [InlineData(true, false, "auto", true)]
    [InlineData(true, true, "auto", false)]
    [InlineData(true, false, "never", false)]
    [InlineData(false, true, "always", true)]
    public void Colors_are_where_somebody_looks_and_wants_them(bool isTerminal, bool isUnwanted, string option, bool expected)
    {
        _directory.Append(10);
        _directory.Close();
        foreach (string command in Commands)
        {
            using MemoryStream output = new();
            Terminal terminal = new(output, TextWriter.Null) { OutputIsTerminal = isTerminal, ColorIsUnwanted = isUnwanted };
            Assert.Equal(0, LogDumpProgram.Run([command, _directory.Path, "--color", option], terminal));
            Assert.Equal(expected, Encoding.UTF8.GetString(output.ToArray()).Contains('\e'));
        }
    }

    [Fact]
    public void Who_interrupts_it_gets_130()
    {
        _directory.Append(2000, size: 1000);
        _directory.Close();
        using CancellationTokenSource interrupted = new();
        interrupted.Cancel();
        foreach (string command in (string[])["verify", "list", "stats", "terms", "map"])
        {
            using MemoryStream output = new();
            Assert.Equal(130, LogDumpProgram.Run([command, _directory.Path], new Terminal(output, TextWriter.Null) { Interrupted = interrupted.Token }));
        }
    }

    [Fact]
    public void A_reader_that_goes_away_ends_it_without_a_word()
    {
        _directory.Append(2000);
        _directory.Close();
        using StringWriter error = new(CultureInfo.InvariantCulture);
        using BrokenPipe output = new();
        string[][] commands =
        [
            ["list", _directory.Path], ["list", _directory.Path, "--format", "jsonl"], ["verify", _directory.Path],
                ["stats", _directory.Path], ["map", _directory.Path],
            ["extract", _directory.Path], ["extract", _directory.Path, "--binary"], ["completion", "bash"], ["--help"],
                ["list", "--help"], ["--version"],
        ];
        Assert.All(commands, command => Assert.Equal(0, LogDumpProgram.Run(command, new Terminal(output, error))));
        Assert.Equal(string.Empty, error.ToString());
    }

    [Fact]
    public void Suggestions_name_commands_and_options()
    {
        Assert.Contains("verify", DumpRun.Of("[suggest:3]", "ver").Output, StringComparison.Ordinal);
        Assert.Contains("--reverse", DumpRun.Of("[suggest:9]", "list --re").Output, StringComparison.Ordinal);
        Assert.Contains("complete ", DumpRun.Of("completion", "bash").Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("verify", "verfy", "DIR")]
    [InlineData("segments", "segment", "DIR")]
    [InlineData("report", "reprot", "DIR", "-o", "x")]
    [InlineData("--reverse", "list", "DIR", "--revers")]
    public void What_is_mistyped_gets_a_suggestion(string meant, params string[] arguments)
    {
        DumpRun run = DumpRun.Of(arguments);
        Assert.Equal((2, string.Empty), (run.ExitCode, run.Output));
        Assert.Contains("Did you mean", run.Error, StringComparison.Ordinal);
        Assert.Contains(meant, run.Error[run.Error.IndexOf("Did you mean", StringComparison.Ordinal)..],
            StringComparison.Ordinal);
    }

    private static string Members(JsonElement row) =>
        string.Join(", ", row.EnumerateObject().Where(member => member.Name != "schema").Select(member => $"{member.Name}={member.Value}"));

    private void AppendOddities()
    {
        _directory.Log.Append(EntryKind.NoOp, 1, []);
        _directory.Log.Append(EntryKind.Command, 1, "\"quoted\", \\ and\t\u007f"u8);
        _directory.Log.Append(EntryKind.Command, 2, Encoding.ASCII.GetBytes(new string('x', 60)));
        _directory.Close();
    }

    private sealed class BrokenPipe : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count) => throw new IOException("Broken pipe", 32);
    }
}
