using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Snapshots;
using RaftEngine.Storage;
using RaftEngine.Tests.Log;
using Xunit;

namespace RaftEngine.Tests.LogDump;

/// <summary>Tables are readable whatever the width: no line is longer, no heading is broken, and what is dropped or
/// stacked is the same value as before.</summary>
public sealed class TableWidthTests : IDisposable
{
    private const long Far = 4_294_967_316_000; // indexes of many digits

    private readonly TemporaryLog _directory = new();

    public void Dispose() => _directory.Dispose();

    public static TheoryData<int, bool> Widths()
    {
        TheoryData<int, bool> data = [];
        foreach (int width in (int[])[80, 100, 120, 160, 200])
        {
            data.Add(width, true);
            data.Add(width, false);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void No_line_is_longer_than_there_is_room(int width, bool isTerminal)
    {
        MakeWideLog();
        string[][] commands =
        [
            ["info"], ["segments"], ["list"], ["list", "--reverse"], ["show", $"{Far + 2}"], ["verify"], ["stats"],
                ["terms"], ["map"], ["tail"], ["repair"],
        ];
        foreach (string[] command in commands)
        {
            DumpRun run = DumpRun.At(width, isTerminal, [command[0], _directory.Path, .. command[1..]]);
            Assert.Equal(0, run.ExitCode);
            AssertFits(width, run.Output);
        }

        _directory.Edit(SegmentFormat.NameOf(Far + 1), static bytes => bytes[SegmentFormat.HeaderBytes + 100] ^= 1);
        foreach (string command in (string[])["info", "segments", "verify", "map", "repair"])
        {
            DumpRun run = DumpRun.At(width, isTerminal, command, _directory.Path);
            AssertFits(width, run.Output);
            AssertFits(isTerminal ? width : int.MaxValue, run.Error.Split("\e[K")[^1]); // behind the line of progress
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Segments_keep_a_line_each_under_headings_that_stand_above_their_values(int width, bool isTerminal)
    {
        MakeWideLog();
        DumpRun run = DumpRun.At(width, isTerminal, "segments", _directory.Path);
        string[] lines = [.. run.Output.Split('\n').Where(static line => line.Contains('.')
            || line.Contains("first index"))];
        string[] files = Directory.GetFiles(_directory.Path, "*.segment");
        Assert.Equal(files.Length + 1, lines.Length);
        int end = lines[0].IndexOf("last index", StringComparison.Ordinal) + "last index".Length;
        Assert.All(lines[1..], line => Assert.True(char.IsDigit(line[end - 1])
            && (line.Length == end || line[end] == ' '), line));
        Assert.All(files, file => Assert.Contains(lines, line => line.Contains(Path.GetFileName(file),
            StringComparison.Ordinal)));
    }

    [Fact]
    public void List_keeps_a_line_an_entry_and_its_payload()
    {
        MakeWideLog();
        foreach (int width in (int[])[80, 100, 120, 160, 200])
        {
            string[] lines = DumpRun.At(width, true, "list", _directory.Path, "--limit",
                "20").Output.TrimEnd('\n').Split('\n');
            Assert.Equal(21, lines.Length);
            Assert.StartsWith("       index", lines[0], StringComparison.Ordinal);
            Assert.EndsWith("payload", lines[0], StringComparison.Ordinal);
            Assert.All(lines[1..].Where(line => width >= 160 || line.Contains(" command ", StringComparison.Ordinal)),
                line => Assert.Contains("the value of key", line, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_finding_that_has_no_room_in_a_row_is_stacked_and_whole()
    {
        MakeWideLog();
        _directory.Edit(SegmentFormat.NameOf(Far + 1), static bytes => bytes[SegmentFormat.HeaderBytes + 100] ^= 1);
        foreach (int width in (int[])[80, 120, 200])
        {
            string output = DumpRun.At(width, true, "verify", _directory.Path).Output;
            string joined = string.Join(' ', output.Split([' ', '\n', '│'], StringSplitOptions.RemoveEmptyEntries));
            Assert.Contains("record checksum: expected 0x", joined, StringComparison.Ordinal);
            Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"index {Far + 1}"), joined,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_is_dropped_is_named_and_can_be_had()
    {
        MakeWideLog();
        DumpRun narrow = DumpRun.At(80, true, "segments", _directory.Path);
        Assert.Contains("80 columns have no room for: ", narrow.Error, StringComparison.Ordinal);
        Assert.Contains("chain seed", narrow.Error.Replace('\n', ' '), StringComparison.Ordinal);
        Assert.DoesNotContain("chain seed", narrow.Output, StringComparison.Ordinal);
        Assert.Equal(string.Empty, DumpRun.At(80, true, "segments", _directory.Path, "--quiet").Error);
        DumpRun wide = DumpRun.At(80, true, "segments", _directory.Path, "--width", "0");
        Assert.Contains("chain seed", wide.Output, StringComparison.Ordinal);
        Assert.Equal(string.Empty, wide.Error);
    }

    private static void AssertFits(int width, string output)
    {
        foreach (string line in output.Split('\n'))
        {
            Assert.True(line.Length <= width || !line.TrimStart().Contains(' ')
                || line.Contains(Path.GetTempPath(), StringComparison.Ordinal), $"{line.Length}: {line}");
        }
    }

    /// <summary>A log of large indexes and terms, over several segments, with a snapshot before it.</summary>
    private void MakeWideLog()
    {
        _directory.Append(3);
        _directory.Log.Reset(Far, 4_294_967_296, 0x0123456789abcdef);
        byte[] bytes = new byte[SessionFormat.HeaderBytes + 200];
        for (int i = 1; i <= 900; i++)
        {
            int length = Encoding.ASCII.GetBytes($"the value of key {i} is {new string('x', i % 100)}",
                bytes.AsSpan(SessionFormat.HeaderBytes));
            SessionFormat.Write(bytes, new SessionHeader(i, SessionOperation.Command, Far + 1, i, 1));
            bool isCommand = i % 2 == 0;
            _directory.Log.Append(
                isCommand ? EntryKind.Command : EntryKind.Session, 4_294_967_297 + (i / 300),
                    bytes.AsSpan(isCommand ? SessionFormat.HeaderBytes : 0, length
                    + (isCommand ? 0 : SessionFormat.HeaderBytes)));
            _directory.Log.Flush();
        }

        _directory.Sync();
        SnapshotHeader header = new(
            Guid.NewGuid(), _directory.Options.ClusterId, _directory.Options.GroupId, Far, 4_294_967_296,
                0x0123456789abcdef, ReadOnlyMemory<byte>.Empty);
        _directory.Close();
        using FileSystemDirectory directory = FileSystemDirectory.OpenExisting(_directory.Path);
        new SnapshotStore(directory).Write(header, static stream => stream.Write(new byte[20_000]));
    }
}
