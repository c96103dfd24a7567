using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using RaftEngine.Tests.Log;
using RaftEngine.Tests.Transport;
using Xunit;

namespace RaftEngine.Tests.LogDump;

/// <summary>The end of a log, and what comes to it while somebody looks.</summary>
[Collection(RunsAlone.Name)]
public sealed class TailTests : IDisposable
{
    private readonly TemporaryLog _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(null, 1491, 1500)]
    [InlineData("3", 1498, 1500)]
    [InlineData("0", 1501, 1500)]
    [InlineData("900", 601, 1500)]
    [InlineData("9000", 1, 1500)]
    public void The_last_records_are_shown(string? count, int first, int last)
    {
        _directory.Append(1500, size: 100, groupOf: 50);
        _directory.Close();
        DumpRun run = DumpRun.Of(["tail", _directory.Path, .. count is null ? (string[])[] : ["-n", count]]);
        Assert.Equal((0, string.Empty), (run.ExitCode, run.Error));
        Assert.Equal(Enumerable.Range(first, last - first + 1).Select(static i => (long)i), ListedRecord.ParseAll(run.Output).Select(static record => record.Index));
        Assert.Equal(2, DumpRun.Of("tail", _directory.Path, "-n", "-1").ExitCode);
    }

    [Fact]
    public void An_empty_log_has_no_end_to_show()
    {
        _ = _directory.Log;
        Assert.Empty(ListedRecord.ParseAll(DumpRun.Of("tail", _directory.Path).Output));
    }

    [Fact]
    public async Task A_live_record_is_shown_within_a_tenth_of_a_second_also_across_a_roll()
    {
        _directory.Append(5);
        using LiveRun tail = new("tail", _directory.Path, "-n", "2", "-f", "--format", "jsonl");
        Assert.Equal([4, 5], new[] { IndexOf(tail.Next().Line), IndexOf(tail.Next().Line) });
        List<TimeSpan> delays = [];
        for (int i = 6; i < 56; i++)
        {
            _directory.Append(1, size: 3000); // two rolls in all
            long appended = TimeProvider.System.GetTimestamp();
            (string line, long shown) = tail.Next();
            Assert.Equal(i, IndexOf(line));
            delays.Add(TimeProvider.System.GetElapsedTime(appended, shown));
        }

        Assert.True(System.IO.Directory.GetFiles(_directory.Path, "*.segment").Length >= 3);
        delays.Sort();
        string shownAfter = $"shown after {string.Join(' ', delays.Select(static delay => $"{delay.TotalMilliseconds:0.0}"))} ms";
        Assert.True(delays[delays.Count * 9 / 10] < TimeSpan.FromMilliseconds(100), shownAfter);
        Assert.Equal(130, await tail.InterruptAsync());
        Assert.Equal(string.Empty, tail.Error);
    }

    [Fact]
    public async Task Truncation_and_compaction_are_said()
    {
        _directory.Append(30);
        using LiveRun tail = new("tail", _directory.Path, "-f", "--format", "csv", "-n", "1");
        Assert.StartsWith("index,", tail.Next().Line, StringComparison.Ordinal);
        Assert.StartsWith("30,", tail.Next().Line, StringComparison.Ordinal);
        _directory.Log.TruncateFrom(25);
        _directory.Append(1, term: 2);
        Assert.StartsWith("25,2,", tail.Next().Line, StringComparison.Ordinal);
        _directory.Log.Reset(100, 3, 1);
        _directory.Append(1, term: 3);
        Assert.StartsWith("101,3,", tail.Next().Line, StringComparison.Ordinal);
        Assert.Equal(130, await tail.InterruptAsync());
        Assert.Contains("index 25 to 30 have been truncated", tail.Error, StringComparison.Ordinal);
        Assert.Contains("index 26 to 100 are gone", tail.Error, StringComparison.Ordinal);
    }

    private static int IndexOf(string line) => JsonDocument.Parse(line).RootElement.GetProperty("index").GetInt32();
}
