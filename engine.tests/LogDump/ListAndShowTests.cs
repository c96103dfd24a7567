using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Tests.Log;
using Xunit;

namespace RaftEngine.Tests.LogDump;

/// <summary>Choosing entries, and looking at one.</summary>
public sealed class ListAndShowTests : IDisposable
{
    private const int Records = 3000;

    private readonly TemporaryLog _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Backward_is_forward_turned_round_over_segments_and_stretches()
    {
        AppendTerms();
        List<ListedRecord> forward = Listed();
        forward.Reverse();
        Assert.Equal(forward, Listed("--reverse"));
        Assert.Equal(forward.Take(5), Listed("--reverse", "--limit", "5"));
        Assert.Equal(forward.Where(record => record.Index is >= 700 and <= 2100), Listed("--reverse", "--from", "700", "--to", "2100"));
        Assert.Equal(forward.Where(record => record.Kind == EntryKind.NoOp), Listed("-r", "--kind", "no-op"));
    }

    [Fact]
    public void Terms_kinds_and_limits_choose()
    {
        AppendTerms();
        List<ListedRecord> all = Listed();
        Assert.Equal(Records, all.Count);
        Assert.Equal(all.Where(record => record.Term == 2), Listed("--term", "2"));
        Assert.Equal(all.Where(record => record.Kind == EntryKind.Command).Take(7), Listed("--kind", "command", "-n", "7"));
        Assert.Equal(all.Where(record => record is { Term: 3, Kind: EntryKind.NoOp }), Listed("--kind", "no-op", "--term", "3"));
        Assert.Empty(Listed("--term", "9"));
    }

    [Fact]
    public void A_range_is_read_and_nothing_before_it()
    {
        AppendTerms();
        ListedRecord[] expected = [.. Listed().Where(record => record.Index is >= 1900 and <= 1950)];
        _directory.Edit(SegmentFormat.NameOf(1), static bytes => bytes[5000] ^= 1);
        Assert.Equal(1, DumpRun.Of("list", _directory.Path).ExitCode);
        Assert.Equal(expected, Listed("--from", "1900", "--to", "1950")); // by the table of offsets
        _directory.DeleteTables();
        Assert.Equal(expected, Listed("--from", "1900", "--to", "1950")); // by the records
    }

    [Fact]
    public void A_table_that_lies_shows_no_wrong_record()
    {
        AppendTerms();
        ListedRecord[] expected = [.. Listed().Where(record => record.Index is >= 100 and <= 120)];
        foreach (string table in System.IO.Directory.GetFiles(_directory.Path, "*" + OffsetTable.Extension))
        {
            _directory.Edit(System.IO.Path.GetFileName(table), static bytes => bytes[bytes.Length / 2] ^= 1);
        }

        Assert.Equal(expected, Listed("--from", "100", "--to", "120"));
        DumpRun verified = DumpRun.Of("verify", _directory.Path);
        Assert.Equal((0, "clean"), (verified.ExitCode, verified.ValueOf("result")));
        Assert.Contains("the table of offsets is damaged", verified.Error, StringComparison.Ordinal);
        Assert.Equal(1, DumpRun.Of("verify", _directory.Path, "--strict").ExitCode);
    }

    [Fact]
    public void Show_tells_all_of_one_entry()
    {
        AppendTerms();
        ListedRecord expected = Listed()[999];
        using JsonDocument shown = JsonDocument.Parse(DumpRun.Of("show", _directory.Path, "1000", "--format", "json").Output);
        JsonElement entry = shown.RootElement.GetProperty("entry");
        Assert.Equal((1000, expected.Term), (entry.GetProperty("index").GetInt64(), entry.GetProperty("term").GetInt64()));
        Assert.Equal(($"{expected.Chain:x16}", $"{Listed()[998].Chain:x16}"), (entry.GetProperty("chain").GetString(), entry.GetProperty("previousChain").GetString()));
        Assert.Equal((expected.Segment, (long)expected.Offset), (entry.GetProperty("segment").GetString(), entry.GetProperty("offset").GetInt64()));
        Assert.Equal(Convert.ToHexStringLower(TemporaryLog.PayloadOf(1000, 40)), shown.RootElement.GetProperty("payload").GetProperty("hex").GetString());
    }

    [Fact]
    public void Show_reads_configurations_and_sessions()
    {
        Configuration members = new([new Member(1, MemberRoles.Voter, 0xAB), new Member(4, MemberRoles.Learner | MemberRoles.Promotable)]);
        byte[] configuration = new byte[ConfigurationFormat.LengthOf(members)];
        ConfigurationFormat.Write(configuration, members);
        _directory.Log.Append(EntryKind.Configuration, 1, configuration);
        byte[] command = new byte[SessionFormat.HeaderBytes + 2];
        SessionFormat.Write(command, new SessionHeader(77, SessionOperation.Command, SessionId: 1, Sequence: 5, FirstUnsettled: 3));
        "hi"u8.CopyTo(command.AsSpan(SessionFormat.HeaderBytes));
        _directory.Log.Append(EntryKind.Session, 1, command);
        _directory.Close();

        using JsonDocument first = JsonDocument.Parse(DumpRun.Of("show", _directory.Path, "1", "--format", "json").Output);
        Assert.Equal(
            [(1, "voter", "00000000000000ab"), (4, "learner promotable", null)],
            first.RootElement.GetProperty("members").EnumerateArray()
                .Select(member => (member.GetProperty("nodeId").GetInt32(), member.GetProperty("roles").GetString(), member.GetProperty("incarnation").GetString())));
        DumpRun second = DumpRun.Of("show", _directory.Path, "2");
        Assert.Equal(
            ("command", "77", "1", "5", "3"),
            (second.ValueOf("session operation"), second.ValueOf("log's time, ms"), second.ValueOf("session"), second.ValueOf("sequence"), second.ValueOf("first unsettled")));
        Assert.Matches(" 00 00  68 69 +\\.{8}hi\n$", second.Output);
        Assert.Equal(["members 1 + 4*", "session 1 #5: hi"], Listed().Select(record => record.Preview));
    }

    private List<ListedRecord> Listed(params string[] options)
    {
        DumpRun run = DumpRun.Of(["list", _directory.Path, .. options]);
        Assert.Equal((0, string.Empty), (run.ExitCode, run.Error));
        return ListedRecord.ParseAll(run.Output);
    }

    private void AppendTerms()
    {
        for (int i = 1; i <= Records; i++)
        {
            bool begins = i % 1000 == 1;
            _directory.Log.Append(begins ? EntryKind.NoOp : EntryKind.Command, 1 + ((i - 1) / 1000), begins ? [] : TemporaryLog.PayloadOf(i, 40));
            _directory.Log.Flush();
        }

        _directory.Close();
    }
}
