using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Hashing;
using System.Linq;
using System.Text.Json;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Snapshots;
using RaftEngine.Storage;
using RaftEngine.Tests.Log;
using Xunit;

namespace RaftEngine.Tests.LogDump;

/// <summary>Whatever is wrong: there is a verdict, all that judge a directory judge alike, and say what to
/// do.</summary>
public sealed class VerdictTests : IDisposable
{
    private readonly TemporaryLog _directory = new();

    public void Dispose() => _directory.Dispose();

    public static TheoryData<string> Damages => ["hard state spoiled", "hard state missing",
        "all but the snapshot missing", "log start spoiled", "log start missing", "first segment missing",
        "middle segment missing", "all segments missing", "header spoiled", "record spoiled", "mark spoiled",
            "segment cut off", "segment empty", "snapshot spoiled", "snapshot missing", "snapshot cut off"];

    [Theory]
    [MemberData(nameof(Damages))]
    public void All_that_judge_a_directory_agree_and_say_what_to_do(string damage)
    {
        MakeCompactedLog();
        Spoil(damage);
        DumpRun verified = DumpRun.OfStill("verify", _directory.Path, "--format", "json");
        Assert.Equal(1, verified.ExitCode);
        using JsonDocument document = JsonDocument.Parse(verified.Output);
        JsonElement verdict = document.RootElement.GetProperty("verdict");
        Assert.Equal("damaged", verdict.GetProperty("result").GetString());
        Assert.All(
            (string[])["firstIndex", "lastIndex"],
            name => Assert.True(verdict.GetProperty(name).ValueKind == JsonValueKind.Null
                || verdict.GetProperty(name).GetInt64() > 0, name));
        Assert.NotEqual(0, document.RootElement.GetProperty("findings").GetArrayLength());
        Assert.Contains("What to do: ", verified.Error, StringComparison.Ordinal);
        string first = verified.Error.Split('\n')[0];
        Assert.DoesNotContain("index 0", first, StringComparison.Ordinal);
        if (damage.EndsWith("missing", StringComparison.Ordinal))
        {
            Assert.Contains("missing", first, StringComparison.Ordinal);
            Assert.DoesNotContain("0x", first, StringComparison.Ordinal);
        }

        if (damage is "segment cut off" or "segment empty")
        {
            Assert.Contains("segment size: expected ", first, StringComparison.Ordinal);
            Assert.DoesNotContain("0x", first, StringComparison.Ordinal);
        }

        foreach (string command in (string[])["info", "map", "repair", "verify"])
        {
            DumpRun run = DumpRun.OfStill(command, _directory.Path);
            Assert.Equal((command, 1), (command, run.ExitCode));
            Assert.Contains(first, run.Error, StringComparison.Ordinal);
            Assert.Contains(command == "repair" ? "Rebuild the replica from its peers" : "What to do: ", run.Error,
                StringComparison.Ordinal);
            Assert.DoesNotContain("What to do", DumpRun.OfStill(command, _directory.Path, "--quiet").Error,
                StringComparison.Ordinal);
        }

        string report = Path.Combine(_directory.Path, "report.html");
        Assert.Equal(1, DumpRun.OfStill("report", _directory.Path, "-o", report).ExitCode);
        string page = File.ReadAllText(report);
        Assert.Contains("What to do next", page, StringComparison.Ordinal);
        Assert.Contains("What is proven, and what is not", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nothing", 3)]
    [InlineData("a newer version", 3)]
    public void What_cannot_be_verified_has_the_verdict_unknown(string what, int exitCode)
    {
        string path = _directory.Path;
        if (what == "a newer version")
        {
            MakeCompactedLog();
            _directory.Edit(SnapshotFormat.NameOf(NewestSnapshot()), static bytes =>
            {
                bytes[8] = 2;
                BitConverter.TryWriteBytes(bytes.AsSpan(80), Crc64.HashToUInt64(bytes.AsSpan(0, 80)));
            });
        }
        else
        {
            path = Path.Combine(path, "none");
        }

        DumpRun run = DumpRun.OfStill("verify", path, "--format", "json");
        Assert.Equal(exitCode, run.ExitCode);
        using JsonDocument document = JsonDocument.Parse(run.Output);
        Assert.Equal("unknown", document.RootElement.GetProperty("verdict").GetProperty("result").GetString());
    }

    [Fact]
    public void Quiet_says_nothing_if_nothing_is_wrong()
    {
        _directory.Append(100);
        _directory.Close();
        DumpRun clean = DumpRun.OfStill("verify", _directory.Path, "--quiet");
        Assert.Equal((0, string.Empty, string.Empty), (clean.ExitCode, clean.Output, clean.Error));
        Assert.Contains("\"clean\"", DumpRun.OfStill("verify", _directory.Path, "-q", "--format", "json").Output,
            StringComparison.Ordinal);
        Assert.Equal(string.Empty, DumpRun.OfStill("repair", _directory.Path, "--quiet").Error);
        _directory.Edit(SegmentFormat.NameOf(1), static bytes => bytes[SegmentFormat.HeaderBytes + 100] ^= 1);
        DumpRun damaged = DumpRun.OfStill("verify", _directory.Path, "--quiet");
        Assert.Equal(1, damaged.ExitCode);
        Assert.Single(damaged.Error.TrimEnd().Split('\n'));
        Assert.Contains("damaged", damaged.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Segments_before_and_behind_a_damaged_header_are_shown()
    {
        MakeCompactedLog();
        string[] segments = Segments();
        Spoil("header spoiled");
        DumpRun run = DumpRun.OfStill("segments", _directory.Path, "--format", "csv");
        Assert.Equal(1, run.ExitCode);
        string[] rows = run.Output.TrimEnd('\n').Split('\n')[1..];
        Assert.Equal(segments, rows.Select(static row => row.Split(',')[0]));
        Assert.StartsWith($"{segments[1]},damaged,{long.Parse(segments[1].AsSpan(0, 20))},,,,65536,,", rows[1],
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_of_data_directories_lists_them()
    {
        using TemporaryLog other = new();
        string parent = Directory.CreateDirectory(Path.Combine(other.Path, "parent")).FullName;
        foreach (string name in (string[])["b", "a"])
        {
            using TemporaryLog one = new();
            one.Append(3);
            one.Close();
            string target = Directory.CreateDirectory(Path.Combine(parent, name)).FullName;
            foreach (string file in Directory.GetFiles(one.Path))
            {
                File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
            }
        }

        foreach (string command in (string[])["info", "verify", "list", "map", "tail", "repair", "recover"])
        {
            DumpRun run = DumpRun.OfStill(command, parent);
            Assert.Equal(2, run.ExitCode);
            string[] lines = run.Error.Split('\n');
            Assert.StartsWith($"  {Path.Combine(parent, "a")}  node 1 of cluster ", lines[1], StringComparison.Ordinal);
            Assert.StartsWith($"  {Path.Combine(parent, "b")}  node 1 of cluster ", lines[2], StringComparison.Ordinal);
        }
    }

    // A log that begins behind a snapshot, in three segments and more.
    private void MakeCompactedLog()
    {
        _directory.Data.HardState.Save(new HardState(1, 1));
        _directory.Append(3000);
        _directory.Sync();
        ulong chain = _directory.Log.ChainAt(1500);
        _directory.Log.CompactTo(1500);
        SnapshotHeader header = new(Guid.NewGuid(), _directory.Options.ClusterId, _directory.Options.GroupId, 1500, 1,
            chain, ReadOnlyMemory<byte>.Empty);
        _directory.Append(2000);
        _directory.Close();
        using FileSystemDirectory directory = FileSystemDirectory.OpenExisting(_directory.Path);
        new SnapshotStore(directory).Write(header, static stream => stream.Write(new byte[20_000]));
        Assert.True(LogInspector.Open(_directory.Path).Verify().FirstIndex > 1);
        Assert.Equal((0, string.Empty), (DumpRun.OfStill("verify", _directory.Path).ExitCode,
            DumpRun.OfStill("verify", _directory.Path).Error));
    }

    private string[] Segments() =>
        [.. Directory.GetFiles(_directory.Path, "*.segment").Select(static file => Path.GetFileName(file)).Order(
        StringComparer.Ordinal)];

    private long NewestSnapshot()
    {
        using FileSystemDirectory directory = FileSystemDirectory.OpenExisting(_directory.Path);
        return SnapshotStore.NewestIndex(directory);
    }

    private void Spoil(string damage)
    {
        string[] segments = Segments();
        string snapshot = SnapshotFormat.NameOf(NewestSnapshot());
        switch (damage)
        {
            case "hard state spoiled":
                Flip(HardStateFile.Name, 30, HardStateRecord.SlotBytes + 30);
                break;
            case "hard state missing":
                Delete([HardStateFile.Name]);
                break;
            case "all but the snapshot missing":
                Delete([HardStateFile.Name, LogStartFile.Name, .. segments]);
                break;
            case "log start spoiled":
                Flip(LogStartFile.Name, 30, 4096 + 30);
                break;
            case "log start missing":
                Delete([LogStartFile.Name]);
                break;
            case "first segment missing":
                Delete([segments[0]]);
                break;
            case "middle segment missing":
                Delete([segments[1]]);
                break;
            case "all segments missing":
                File.Delete(Path.Combine(_directory.Path, LogStartFile.Name));
                Delete(segments);
                break;
            case "header spoiled":
                Flip(segments[1], 20);
                break;
            case "record spoiled":
                Flip(segments[1], SegmentFormat.HeaderBytes + 70);
                break;
            case "mark spoiled":
                LogVerification log = LogInspector.Open(_directory.Path).Verify();
                Assert.Null(log.Damage);
                _directory.Edit(segments[0], static bytes =>
                    bytes.AsSpan(bytes.AsSpan().LastIndexOfAnyExcept((byte)0) - 20, 8).Fill(0xAA));
                break;
            case "segment cut off":
                Resize(segments[1], 10_000);
                break;
            case "segment empty":
                Resize(segments[1], 0);
                break;
            case "snapshot spoiled":
                Flip(snapshot, 10_000);
                break;
            case "snapshot cut off":
                Resize(snapshot, 5_000);
                break;
            case "snapshot missing":
                Delete([snapshot]);
                break;
            default:
                throw new ArgumentException(damage, nameof(damage));
        }
    }

    private void Flip(string file, params int[] offsets) =>
        _directory.Edit(file, bytes => Array.ForEach(offsets, offset => bytes[offset] ^= 1));

    private void Delete(IEnumerable<string> files)
    {
        foreach (string file in files)
        {
            File.Delete(Path.Combine(_directory.Path, file));
        }
    }

    private void Resize(string file, long length)
    {
        using FileStream stream = File.OpenWrite(Path.Combine(_directory.Path, file));
        stream.SetLength(length);
    }
}
