using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using RaftEngine.Log;
using RaftEngine.Snapshots;
using RaftEngine.Storage;
using RaftEngine.Tests.Log;
using RaftEngine.Tests.Support;
using Xunit;

namespace RaftEngine.Tests.LogDump;

/// <summary>A single segment, wherever it lies, is a log of its own; a backup is verified and shown.</summary>
public sealed class SubjectTests : IDisposable
{
    private readonly TemporaryLog _directory = new();
    private readonly TemporaryDirectory _elsewhere = new();

    public void Dispose()
    {
        _directory.Dispose();
        _elsewhere.Dispose();
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(1, true)]
    public void Every_command_takes_a_single_segment(int place, bool isRenamed)
    {
        string[] segments = MakeSegments();
        string file = isRenamed ? _elsewhere.Sub("copy of a segment")
            : _elsewhere.Sub(Path.GetFileName(segments[place]));
        File.Copy(segments[place], file);
        long first = long.Parse(Path.GetFileName(segments[place]).AsSpan(0, 20),
            System.Globalization.CultureInfo.InvariantCulture);
        string[] listed = [.. DumpRun.Of("list", _directory.Path, "--format",
            "csv").Output.TrimEnd('\n').Split('\n')[1..]
            .Where(row => row.Contains(Path.GetFileName(segments[place]), StringComparison.Ordinal))];
        DumpRun list = DumpRun.Of("list", file, "--format", "csv");
        Assert.Equal((0, string.Empty), (list.ExitCode, list.Error));
        Assert.Equal(listed, list.Output.TrimEnd('\n').Split('\n')[1..]);
        using JsonDocument verified = JsonDocument.Parse(DumpRun.Of("verify", file, "--format", "json").Output);
        JsonElement verdict = verified.RootElement.GetProperty("verdict");
        Assert.Equal(("clean", first, listed.Length),
            (verdict.GetProperty("result").GetString(), verdict.GetProperty("firstIndex").GetInt64(),
            verdict.GetProperty("records").GetInt32()));
        using JsonDocument info = JsonDocument.Parse(DumpRun.Of("info", file, "--format", "json").Output);
        Assert.Equal(JsonValueKind.Null, info.RootElement.GetProperty("log").GetProperty("nodeId").ValueKind);
        Assert.Equal(1, info.RootElement.GetProperty("segments").GetArrayLength());
        string report = _elsewhere.Sub("report.html");
        string[][] commands =
        [
            ["segments", file], ["show", file, $"{first}"], ["stats", file], ["terms", file], ["map", file],
                ["tail", file], ["extract", file], ["repair", file],
            ["report", file, "-o", report], ["list", file, "--reverse"],
        ];
        Assert.All(commands, command => Assert.Equal((command[0], 0, command[0] == "repair"), Outcome(command)));
        Assert.Equal(2, DumpRun.Of("repair", file, "--apply").ExitCode);
        Assert.Equal(2, DumpRun.Of("recover", file).ExitCode);
        Assert.Contains("All have the same log", DumpRun.Of("diff", file, segments[place]).Output,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Damage_in_a_single_segment_is_damage()
    {
        string[] segments = MakeSegments();
        string file = _elsewhere.Sub(Path.GetFileName(segments[1]));
        byte[] bytes = File.ReadAllBytes(segments[1]);
        bytes[SegmentFormat.HeaderBytes + 70] ^= 1;
        File.WriteAllBytes(file, bytes);
        Assert.All((string[])["verify", "info", "map", "list", "repair", "stats"], command =>
            Assert.Equal((command, 1), (command, DumpRun.Of(command, file).ExitCode)));
        bytes[20] ^= 1;
        File.WriteAllBytes(file, bytes);
        Assert.All((string[])["verify", "info", "map", "list", "repair", "stats"], command =>
            Assert.Equal((command, 1), (command, DumpRun.Of(command, file).ExitCode)));
        File.WriteAllBytes(file, []);
        Assert.Equal(1, DumpRun.Of("verify", file).ExitCode);
    }

    [Fact]
    public void A_backup_is_verified_and_shown_and_holds_no_log()
    {
        SnapshotHeader header = new(Guid.NewGuid(), _directory.Options.ClusterId, 7, 50, 3, 0x1234,
            ReadOnlyMemory<byte>.Empty);
        using (FileSystemDirectory directory = FileSystemDirectory.OpenExisting(_elsewhere.Path))
        {
            new SnapshotStore(directory).Write(header, static stream => stream.Write(new byte[20_000]));
        }

        string file = _elsewhere.Sub("state.backup");
        File.Move(_elsewhere.Sub(SnapshotFormat.NameOf(50)), file);
        using JsonDocument verified = JsonDocument.Parse(DumpRun.Of("verify", file, "--format", "json").Output);
        JsonElement verdict = verified.RootElement.GetProperty("verdict");
        Assert.Equal(("clean", 50, "0000000000001234"),
            (verdict.GetProperty("result").GetString(), verdict.GetProperty("lastIndex").GetInt32(),
            verdict.GetProperty("fingerprint").GetString()));
        DumpRun info = DumpRun.Of("info", file);
        Assert.Equal((0, string.Empty), (info.ExitCode, info.Error));
        Assert.Contains($"{header.ClusterId}", info.Output, StringComparison.Ordinal);
        foreach (string command in (string[])["list", "map", "repair", "stats", "segments", "tail", "recover"])
        {
            DumpRun run = DumpRun.Of(command, file);
            Assert.Equal((command, 2), (command, run.ExitCode));
            Assert.Contains("holds a state and no entries", run.Error, StringComparison.Ordinal);
        }

        byte[] bytes = File.ReadAllBytes(file);
        bytes[10_000] ^= 1;
        File.WriteAllBytes(file, bytes);
        DumpRun damaged = DumpRun.Of("verify", file);
        Assert.Equal(1, damaged.ExitCode);
        Assert.Contains("do not restore this file", damaged.Error, StringComparison.Ordinal);
        Assert.Equal(1, DumpRun.Of("info", file).ExitCode);
    }

    private static (string Command, int ExitCode, bool HasSaid) Outcome(string[] command)
    {
        DumpRun run = DumpRun.Of(command);
        return (command[0], run.ExitCode, run.Error.Length > 0);
    }

    private string[] MakeSegments()
    {
        _directory.Append(3000);
        _directory.Close();
        return [.. Directory.GetFiles(_directory.Path, "*.segment").Order(StringComparer.Ordinal).Take(3)];
    }
}
