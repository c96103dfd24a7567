using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Tests.Log;
using Xunit;

namespace RaftEngine.Tests.LogDump;

/// <summary>What the commands say of a log that is as it was written.</summary>
public sealed class CleanLogTests : IDisposable
{
    private const int Records = 1500;

    private readonly TemporaryLog _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void List_shows_every_record_as_it_was_appended()
    {
        List<ListedRecord> appended = AppendTexts();
        DumpRun run = DumpRun.Of("list", _directory.Path);
        Assert.Equal((0, string.Empty), (run.ExitCode, run.Error));
        List<ListedRecord> listed = ListedRecord.ParseAll(run.Output);
        Assert.Equal(appended, listed.Select(record => record with { Segment = string.Empty, Offset = 0 }));
        foreach (IGrouping<string, ListedRecord> segment in listed.GroupBy(record => record.Segment))
        {
            byte[] bytes = File.ReadAllBytes(Path.Combine(_directory.Path, segment.Key));
            Assert.Equal(segment.Key, SegmentFormat.NameOf(segment.First().Index));
            Assert.All(segment, record => Assert.Equal(record.Index, RecordFormat.IndexAt(in bytes[record.Offset])));
        }

        Assert.True(listed.Select(record => record.Segment).Distinct().Count() >= 3);
    }

    [Theory]
    [InlineData(null, null, 1, Records)]
    [InlineData("400", "800", 400, 800)]
    [InlineData("7", "7", 7, 7)]
    [InlineData("0", "3", 1, 3)]
    [InlineData("-5", "0", 1, 0)]
    [InlineData(null, "1", 1, 1)]
    [InlineData("1499", null, 1499, Records)]
    [InlineData("1500", "9223372036854775807", 1500, Records)]
    [InlineData("1501", "2000", 1, 0)]
    public void List_shows_the_range_that_is_asked_for_and_no_more(string? from, string? to, long first, long last)
    {
        AppendTexts();
        string[] arguments = ["list", _directory.Path, .. from is null ? (string[])[] : ["--from", from], .. to is null ? (string[])[] : ["--to", to]];
        DumpRun run = DumpRun.Of(arguments);
        Assert.Equal((0, string.Empty), (run.ExitCode, run.Error));
        long[] expected = [.. Enumerable.Range(0, (int)(last - first + 1)).Select(i => first + i)];
        Assert.Equal(expected, ListedRecord.ParseAll(run.Output).Select(record => record.Index));
    }

    [Fact]
    public void List_keeps_a_line_a_record_whatever_the_payload_holds()
    {
        _directory.Log.Append(EntryKind.NoOp, 1, []);
        _directory.Log.Append(EntryKind.Command, 1, "a\nb\r\tc \0\u001b[31m\u007f\u00e9"u8);
        _directory.Log.Append(EntryKind.Command, 2, Encoding.ASCII.GetBytes(new string('x', 48)));
        _directory.Log.Append(EntryKind.Command, 2, Encoding.ASCII.GetBytes(new string('y', 49)));
        _directory.Close();
        List<ListedRecord> listed = ListedRecord.ParseAll(DumpRun.Of("list", _directory.Path).Output);
        Assert.Equal([string.Empty, "a.b..c ..[31m...", new string('x', 48), new string('y', 48) + "…"], listed.Select(record => record.Preview));
        Assert.Equal([EntryKind.NoOp, EntryKind.Command, EntryKind.Command, EntryKind.Command], listed.Select(record => record.Kind));
        Assert.Equal([0, 16, 48, 49], listed.Select(record => record.PayloadBytes));
    }

    [Fact]
    public void Verify_and_info_name_extent_owner_and_fingerprint()
    {
        ListedRecord last = AppendTexts()[^1];
        int segments = Directory.GetFiles(_directory.Path, "*.segment").Length;
        string fingerprint = $"{last.Chain:x16}";

        DumpRun verified = DumpRun.Of("verify", _directory.Path);
        Assert.Equal((0, string.Empty), (verified.ExitCode, verified.Error));
        Assert.Equal("clean", verified.ValueOf("result"));
        Assert.Equal($"{Records}", verified.ValueOf("records"));
        Assert.Equal($"{segments}", verified.ValueOf("segments"));
        Assert.Equal(fingerprint, verified.ValueOf("fingerprint"));

        DumpRun info = DumpRun.Of("info", _directory.Path);
        Assert.Equal((0, string.Empty), (info.ExitCode, info.Error));
        Assert.Equal($"{_directory.Options.ClusterId}", info.ValueOf("cluster"));
        Assert.Equal(fingerprint, info.ValueOf("fingerprint"));
        Assert.Equal(("1", $"{Records}"), (info.ValueOf("first index"), info.ValueOf("last index")));
        string[] rows = [.. info.Output.Split('\n').Where(line => line.Contains(".segment", StringComparison.Ordinal))];
        Assert.Equal(segments, rows.Length);
        Assert.All(rows[..^1], row => Assert.Contains("sealed", row, StringComparison.Ordinal));
        Assert.Contains("active", rows[^1], StringComparison.Ordinal);
        Assert.EndsWith(string.Join('\n', rows) + "\n", DumpRun.Of("segments", _directory.Path).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_torn_tail_is_no_damage_and_is_told()
    {
        _directory.Append(10, groupOf: 2);
        _directory.Sync();
        _directory.Append(4, groupOf: 4);
        _directory.Die();
        _directory.Edit(SegmentFormat.NameOf(1), static bytes => bytes.AsSpan(SegmentFormat.HeaderBytes + (12 * 56) + 10, 20).Clear());
        DumpRun run = DumpRun.Of("verify", _directory.Path);
        Assert.Equal((0, "clean", "12"), (run.ExitCode, run.ValueOf("result"), run.ValueOf("records")));
        int torn = (2 * 56) + TailMark.SizeInBytes;
        Assert.Contains($"warning: behind the last record, 12, stand {torn} bytes of a write that has not finished", run.Error, StringComparison.Ordinal);
        Assert.Equal(1, DumpRun.Of("verify", _directory.Path, "--strict").ExitCode);
        Assert.Equal(0, DumpRun.Of("info", _directory.Path).ExitCode);
    }

    [Fact]
    public void An_empty_log_is_clean()
    {
        _ = _directory.Log;
        _directory.Close();
        DumpRun verified = DumpRun.Of("verify", _directory.Path, "--strict");
        Assert.Equal((0, "0", "1", "0"), (verified.ExitCode, verified.ValueOf("records"), verified.ValueOf("first index"), verified.ValueOf("last index")));
        Assert.Empty(ListedRecord.ParseAll(DumpRun.Of("list", _directory.Path).Output));
        Assert.All((string[])["info", "segments", "stats", "terms", "map"], command => Assert.Equal(0, DumpRun.Of(command, _directory.Path).ExitCode));
    }

    /// <summary>Appends records of readable payloads over several segments and closes the log.</summary>
    /// <returns>What a listing should say of them, but for segment and offset.</returns>
    private List<ListedRecord> AppendTexts()
    {
        List<ListedRecord> appended = [];
        for (int i = 1; i <= Records; i++)
        {
            string text = $"  record {i}: {new string((char)('a' + (i % 26)), i % 300)}";
            long term = 1 + (i / 400);
            EntryKind kind = i % 400 == 0 ? EntryKind.NoOp : EntryKind.Command;
            long index = _directory.Log.Append(kind, term, Encoding.ASCII.GetBytes(text));
            _directory.Log.Flush();
            string preview = text.Length > 48 ? text[..48] + "…" : text;
            appended.Add(new ListedRecord(index, term, kind, text.Length, string.Empty, 0, _directory.Log.ChainAt(index), preview));
        }

        _directory.Close();
        return appended;
    }
}
