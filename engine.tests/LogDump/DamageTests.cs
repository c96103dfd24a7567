using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using RaftEngine.Log;
using RaftEngine.Tests.Log;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests.LogDump;

/// <summary>Damage is exit code 1, located, and told in the words in which a node refuses the same directory.</summary>
public sealed class DamageTests : IDisposable
{
    private const int Records = 1500;
    private const int PayloadBytes = 100;

    private readonly TemporaryLog _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(2)] // the length
    [InlineData(4)] // the kind
    [InlineData(8)] // the index
    [InlineData(16)] // the term
    [InlineData(60)] // the payload
    [InlineData(135)] // the checksum
    public async Task One_byte_flipped_in_the_middle_is_located_in_the_words_of_a_node(int offsetInRecord)
    {
        _directory.Append(Records, size: PayloadBytes);
        _directory.Close();
        ListedRecord middle = Assert.Single(ListedRecord.ParseAll(DumpRun.Of("list", _directory.Path, "--from", "750", "--to", "750").Output));
        _directory.Edit(middle.Segment, bytes => bytes[middle.Offset + offsetInRecord] ^= 0x10);

        DumpRun run = DumpRun.Of("verify", _directory.Path);
        Assert.Equal((1, "damaged", "749"), (run.ExitCode, run.ValueOf("result"), run.ValueOf("records")));
        string[] told = run.Error.Split(Environment.NewLine);
        Assert.StartsWith($"Log corrupted: segment {middle.Segment}, offset {middle.Offset}, index 750: ", told[0], StringComparison.Ordinal);
        Assert.All((string[])["list", "stats", "terms", "map"], command => Assert.Equal((1, told[0]), Told(DumpRun.Of(command, _directory.Path))));

        Assert.Equal(told[0], (await Assert.ThrowsAsync<LogCorruptedException>(StartNodeAsync)).Message);
        Assert.Equal(told[0], Assert.Throws<LogCorruptedException>(() => _directory.Log).Message);
    }

    [Fact]
    public void List_shows_what_is_intact_before_the_damage()
    {
        _directory.Append(Records, size: PayloadBytes);
        _directory.Close();
        ListedRecord middle = Assert.Single(ListedRecord.ParseAll(DumpRun.Of("list", _directory.Path, "--from", "750", "--to", "750").Output));
        _directory.Edit(middle.Segment, bytes => bytes[middle.Offset + 60] ^= 1);
        DumpRun run = DumpRun.Of("list", _directory.Path, "--from", "700");
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(Enumerable.Range(700, 50).Select(index => (long)index), ListedRecord.ParseAll(run.Output).Select(record => record.Index));
        Assert.Contains("index 750", run.Error, StringComparison.Ordinal);
        Assert.Equal(0, DumpRun.Of("list", _directory.Path, "--to", "749").ExitCode);
    }

    [Fact]
    public void A_segment_that_is_missing_in_the_middle_is_damage()
    {
        _directory.Append(Records, size: PayloadBytes);
        _directory.Close();
        string[] segments = [.. Directory.GetFiles(_directory.Path, "*.segment").Order(StringComparer.Ordinal)];
        File.Delete(segments[1]);
        AssertSameWords($"segment {Path.GetFileName(segments[1])} is missing");
    }

    [Fact]
    public void One_spoiled_slot_of_the_hard_state_is_no_damage_but_both_are()
    {
        _directory.Append(20);
        _directory.Close();
        _directory.Edit(HardStateFile.Name, static bytes => bytes[30] ^= 1);
        Assert.Equal(0, DumpRun.Of("verify", _directory.Path).ExitCode);
        _directory.Edit(HardStateFile.Name, static bytes => bytes[HardStateRecord.SlotBytes + 30] ^= 1);
        AssertSameWords("valid hard state slots, at least");
    }

    [Fact]
    public void Segments_without_a_hard_state_are_damage()
    {
        _directory.Append(20);
        _directory.Close();
        File.Delete(Path.Combine(_directory.Path, HardStateFile.Name));
        AssertSameWords("file hard-state is missing");
    }

    private static (int ExitCode, string FirstLine) Told(DumpRun run) => (run.ExitCode, run.Error.Split(Environment.NewLine)[0]);

    private void AssertSameWords(string named)
    {
        (int ExitCode, string FirstLine) told = Told(DumpRun.Of("verify", _directory.Path));
        Assert.Contains(named, told.FirstLine, StringComparison.Ordinal);
        Assert.Equal((1, Assert.Throws<LogCorruptedException>(() => _directory.Log).Message), told);
        Assert.Equal(told, Told(DumpRun.Of("list", _directory.Path)));
        Assert.Equal(told, Told(DumpRun.Of("info", _directory.Path)));
    }

    private async Task StartNodeAsync()
    {
        RaftOptions options = new()
        {
            NodeId = _directory.Options.NodeId,
            Voters = [_directory.Options.NodeId],
            ClusterId = _directory.Options.ClusterId,
            GroupId = _directory.Options.GroupId,
            DataDirectory = _directory.Path,
            SegmentSizeBytes = _directory.Options.SegmentSizeBytes,
            MaxCommandBytes = _directory.Options.MaxPayloadBytes,
        };
        await using RaftNode<int> node = await RaftNode.StartAsync(options, new ListStateMachine(), new InMemoryNetwork().CreateTransport(options.NodeId));
    }
}
