using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Threading;
using System.Xml;
using System.Xml.Linq;
using RaftEngine.Log;
using RaftEngine.LogDump.Reading;
using RaftEngine.Protocol;
using RaftEngine.Tests.Log;
using Xunit;

namespace RaftEngine.Tests.LogDump;

/// <summary>The map, the statistics, the terms and the report.</summary>
public sealed class PictureTests : IDisposable
{
    private const int RecordBytes = 56;

    private readonly TemporaryLog _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_clean_map_has_records_marks_and_slack_and_no_gap()
    {
        _directory.Append(3000);
        _directory.Close();
        SegmentPicture[] pictures = Map();
        Assert.True(pictures.Length >= 3);
        Assert.All(pictures, picture => Assert.Equal([ExtentKind.Header, ExtentKind.Ok, ExtentKind.Mark, ExtentKind.Slack], picture.Extents.Select(extent => extent.Kind)));
        Assert.Equal(3000, pictures.Sum(picture => picture.Extents[1].LastIndex - picture.Extents[1].FirstIndex + 1));
    }

    [Fact]
    public void A_map_tells_what_is_beyond_the_mark_and_what_is_torn()
    {
        _directory.Append(10, groupOf: 2);
        _directory.Sync();
        _directory.Append(4, groupOf: 4);
        _directory.Die();
        SegmentPicture picture = Assert.Single(Map());
        Assert.Equal([ExtentKind.Header, ExtentKind.Ok, ExtentKind.Unsynced, ExtentKind.Mark, ExtentKind.Slack], picture.Extents.Select(extent => extent.Kind));
        Assert.Equal((11, 14), (picture.Extents[2].FirstIndex, picture.Extents[2].LastIndex));

        _directory.Edit(SegmentFormat.NameOf(1), static bytes => bytes.AsSpan(SegmentFormat.HeaderBytes + (12 * RecordBytes) + 10, 20).Clear());
        picture = Assert.Single(Map());
        Extent torn = Assert.Single(picture.Extents, extent => extent.Kind == ExtentKind.Torn);
        Assert.Equal(SegmentFormat.HeaderBytes + (12 * RecordBytes), torn.Offset);
        Assert.False(picture.IsDamaged);
    }

    [Fact]
    public void A_map_shows_one_damaged_record_and_that_those_behind_it_are_whole()
    {
        _directory.Append(1000);
        _directory.Close();
        _directory.Edit(SegmentFormat.NameOf(1), static bytes => bytes[SegmentFormat.HeaderBytes + (99 * RecordBytes) + 30] ^= 1);
        SegmentPicture picture = Map()[0];
        Assert.Equal(
            [ExtentKind.Header, ExtentKind.Ok, ExtentKind.Damaged, ExtentKind.Detached, ExtentKind.Mark, ExtentKind.Slack], picture.Extents.Select(extent => extent.Kind));
        Assert.Equal((100, 100, RecordBytes), (picture.Extents[2].FirstIndex, picture.Extents[2].LastIndex, picture.Extents[2].Length));
        Assert.Equal(101, picture.Extents[3].FirstIndex);
        DumpRun run = DumpRun.Of("map", _directory.Path);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("× damaged at 9640, 56 bytes, index 100", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_map_shows_a_chain_that_is_broken_between_segments_and_a_header_that_is_gone()
    {
        _directory.Append(3000);
        _directory.Close();
        string[] segments = [.. Directory.GetFiles(_directory.Path, "*.segment").Order(StringComparer.Ordinal).Select(file => Path.GetFileName(file)!)];
        _directory.Edit(segments[1], static bytes => bytes[SegmentFormat.ChainSeedOffset] ^= 1);
        _directory.Edit(segments[2], static bytes => bytes[20] ^= 1);
        SegmentPicture[] pictures = Map();
        Assert.Equal(ExtentKind.BrokenChain, pictures[1].Extents[0].Kind);
        Assert.Equal(ExtentKind.Damaged, Assert.Single(pictures[2].Extents).Kind);
    }

    [Fact]
    public void No_bytes_whatever_keep_a_map_from_being_drawn()
    {
        _directory.Append(1200);
        _directory.Close();
        Random random = new(7);
        string[] segments = [.. Directory.GetFiles(_directory.Path, "*.segment").Order(StringComparer.Ordinal)];
        for (int round = 0; round < 60; round++)
        {
            string file = segments[random.Next(segments.Length)];
            byte[] whole = File.ReadAllBytes(file);
            byte[] damaged = (byte[])whole.Clone();
            int offset = random.Next(damaged.Length);
            random.NextBytes(damaged.AsSpan(offset, Math.Min(random.Next(1, 5000), damaged.Length - offset)));
            File.WriteAllBytes(file, round % 10 == 0 ? damaged[..offset] : damaged);
            _ = Map();
            File.WriteAllBytes(file, whole);
        }
    }

    [Fact]
    public void Statistics_and_terms_add_up()
    {
        for (int i = 1; i <= 900; i++)
        {
            _directory.Log.Append(i % 300 == 1 ? EntryKind.NoOp : EntryKind.Command, 2 + ((i - 1) / 300 * 3), i % 300 == 1 ? [] : new byte[i]);
            _directory.Log.Flush();
        }

        _directory.Close();
        using JsonDocument stats = JsonDocument.Parse(DumpRun.Of("stats", _directory.Path, "--format", "json").Output);
        JsonElement totals = stats.RootElement.GetProperty("totals");
        Assert.Equal((900, 3, 900), (totals.GetProperty("records").GetInt32(), totals.GetProperty("terms").GetInt32(), totals.GetProperty("largestPayloadBytes").GetInt32()));
        JsonElement[] sizes = [.. stats.RootElement.GetProperty("sizes").EnumerateArray()];
        Assert.Equal(900, sizes.Sum(size => size.GetProperty("records").GetInt32()));
        Assert.All(sizes, size => Assert.InRange(
            size.GetProperty("payloadBytes").GetInt64(),
            size.GetProperty("fromBytes").GetInt64() * size.GetProperty("records").GetInt64(),
            size.GetProperty("toBytes").GetInt64() * size.GetProperty("records").GetInt64()));
        Assert.Equal(
            ["command 897", "no-op 3"],
            stats.RootElement.GetProperty("kinds").EnumerateArray().Select(kind => $"{kind.GetProperty("kind")} {kind.GetProperty("records")}"));

        string[] terms = DumpRun.Of("terms", _directory.Path, "--format", "csv").Output.TrimEnd('\n').Split('\n');
        Assert.Equal(["term", "2", "5", "8"], terms.Select(line => line.Split(',')[0]));
        Assert.Equal(["2,1,300,300", "5,301,600,300", "8,601,900,300"], terms[1..].Select(line => string.Join(',', line.Split(',')[..4])));
        Assert.Equal(["1", "301", "601"], terms[1..].Select(line => line.Split(',')[5]));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(3000, false)]
    [InlineData(3000, true)]
    public void A_report_is_one_well_formed_page_that_needs_nothing_else(int records, bool isDamaged)
    {
        _ = _directory.Log;
        _directory.Append(records);
        _directory.Close();
        if (isDamaged)
        {
            _directory.Edit(SegmentFormat.NameOf(1), static bytes => bytes[SegmentFormat.HeaderBytes + (99 * RecordBytes) + 30] ^= 1);
        }

        string file = Path.Combine(_directory.Path, "report.html");
        DumpRun run = DumpRun.Of("report", _directory.Path, "-o", file);
        Assert.Equal((isDamaged ? 1 : 0, isDamaged), (run.ExitCode, run.Error.Length > 0));
        using XmlReader reader = XmlReader.Create(file, new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });
        XDocument page = XDocument.Load(reader);
        Assert.DoesNotContain(page.Descendants(), element => element.Name.LocalName is "script" or "link" or "img" or "iframe");
        Assert.DoesNotContain("http", File.ReadAllText(file), StringComparison.Ordinal);
        Assert.Contains(page.Descendants(), element => element.Value == (isDamaged ? "Damaged" : "Clean: every record verified"));
        Assert.Equal(isDamaged, page.Descendants("h2").Any(title => title.Value == "Findings"));
        Assert.DoesNotContain("NaN", File.ReadAllText(file), StringComparison.Ordinal);
    }

    [Fact]
    public void A_report_says_what_is_unproven_behind_damage_and_takes_whole_segments_together()
    {
        _directory.Append(20_000);
        _directory.Close();
        string[] segments = [.. Directory.GetFiles(_directory.Path,
            "*.segment").Order(StringComparer.Ordinal).Select(file => Path.GetFileName(file)!)];
        Assert.True(segments.Length > 12);
        _directory.Edit(segments[6], static bytes => bytes[SegmentFormat.HeaderBytes + 30] ^= 1);
        long first = long.Parse(segments[6].AsSpan(0, 20), System.Globalization.CultureInfo.InvariantCulture);
        string file = Path.Combine(_directory.Path, "report.html");
        Assert.Equal(1, DumpRun.Of("report", _directory.Path, "-o", file).ExitCode);
        string page = File.ReadAllText(file);
        Assert.Contains(FormattableString.Invariant(
            $"Proven: index 1 to {first - 1:#,0}, {first - 1:#,0} entries before the damage."), page,
            StringComparison.Ordinal);
        Assert.Contains(FormattableString.Invariant(
            $"Unproven: index {first:#,0} to 20,000, and whatever was behind that."), page, StringComparison.Ordinal);
        Assert.Contains(FormattableString.Invariant(
            $"Of these, {20_000 - first:#,0} entries are whole by themselves."), page, StringComparison.Ordinal);
        Assert.Contains("What to do next", page, StringComparison.Ordinal);
        Assert.Contains("6 segments, 384 KiB, all whole", page, StringComparison.Ordinal);
        Assert.True(Regex.Count(page, "class=\"bar\"") <= 6);
    }

    [Fact]
    public void Statistics_of_a_log_that_a_restore_has_begun_count_what_is_in_it()
    {
        _directory.Append(10);
        _directory.Log.Reset(20_002, 3, 0x1234);
        _directory.Close();
        using JsonDocument empty = JsonDocument.Parse(DumpRun.Of("stats", _directory.Path, "--format", "json").Output);
        JsonElement totals = empty.RootElement.GetProperty("totals");
        Assert.Equal(0, totals.GetProperty("records").GetInt64());
        Assert.All(
            (string[])["recordsPerMark", "overheadPercent", "meanPayloadBytes", "largestPayloadBytes",
                "logTimeMilliseconds"],
            name => Assert.Equal(JsonValueKind.Null, totals.GetProperty(name).ValueKind));
        _directory.Append(40, term: 3, groupOf: 10);
        _directory.Close();
        using JsonDocument stats = JsonDocument.Parse(DumpRun.Of("stats", _directory.Path, "--format", "json").Output);
        Assert.InRange(stats.RootElement.GetProperty("totals").GetProperty("recordsPerMark").GetDouble(), 1, 10);
    }

    private SegmentPicture[] Map()
    {
        SegmentPicture[] pictures = [.. LogMap.Read(LogInspector.Open(_directory.Path), CancellationToken.None)];
        foreach (SegmentPicture picture in pictures)
        {
            long end = 0;
            foreach (Extent extent in picture.Extents)
            {
                Assert.Equal(end, extent.Offset);
                end = extent.End;
            }

            Assert.Equal(picture.Length, end);
        }

        return pictures;
    }
}
