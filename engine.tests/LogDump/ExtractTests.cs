using System;
using System.Buffers.Binary;
using System.IO;
using System.Linq;
using System.Text.Json;
using RaftEngine.Log;
using RaftEngine.LogDump.Extracting;
using RaftEngine.Tests.Log;
using Xunit;

namespace RaftEngine.Tests.LogDump;

/// <summary>What is extracted is all of the records, and in the binary form proves it.</summary>
public sealed class ExtractTests : IDisposable
{
    private readonly TemporaryLog _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Lines_of_JSON_have_whole_payloads()
    {
        _directory.Append(300, size: 1000);
        _directory.Close();
        DumpRun run = DumpRun.Of("extract", _directory.Path, "--from", "100", "--to", "199");
        Assert.Equal((0, string.Empty), (run.ExitCode, run.Error));
        string[] lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(100, lines.Length);
        for (int i = 0; i < lines.Length; i++)
        {
            JsonElement record = JsonDocument.Parse(lines[i]).RootElement;
            Assert.Equal(("record/1", 100 + i, "command", 1000), (
                record.GetProperty("schema").GetString(),
                record.GetProperty("index").GetInt32(),
                record.GetProperty("kind").GetString(),
                record.GetProperty("bytes").GetInt32()));
            Assert.Equal(TemporaryLog.PayloadOf(100 + i, 1000), record.GetProperty("payload").GetBytesFromBase64());
            Assert.Equal(JsonValueKind.Null, record.GetProperty("text").ValueKind);
            Assert.Equal($"{_directory.Log.ChainAt(100 + i):x16}", record.GetProperty("chain").GetString());
        }
    }

    [Theory]
    [InlineData(1, 300)]
    [InlineData(100, 199)]
    [InlineData(-4, 7)]
    [InlineData(300, 900)]
    [InlineData(301, 900)]
    public void The_binary_form_holds_the_records_as_they_stand_in_the_log(long from, long to)
    {
        for (int i = 1; i <= 300; i++)
        {
            _directory.Append(1, term: 1 + (i / 100), size: i * 3);
        }

        _directory.Close();
        string file = Path.Combine(_directory.Path, "..", $"{Guid.NewGuid():n}.extract");
        try
        {
            DumpRun run = DumpRun.Of("extract", _directory.Path, "--binary", "-o", file, "--from", $"{from}", "--to", $"{to}");
            Assert.Equal((0, string.Empty, string.Empty), (run.ExitCode, run.Error, run.Output));
            AssertHolds(File.ReadAllBytes(file), Math.Max(1, from), Math.Min(300, to));
            Assert.Equal(3, DumpRun.Of("extract", _directory.Path, "--binary", "-o", file).ExitCode); // it is there already
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void What_is_intact_before_damage_is_extracted_and_the_binary_form_has_no_end()
    {
        _directory.Append(300, size: 100);
        _directory.Close();
        _directory.Edit(SegmentFormat.NameOf(1), static bytes => bytes[SegmentFormat.HeaderBytes + (136 * 99) + 50] ^= 1);
        DumpRun run = DumpRun.Of("extract", _directory.Path);
        Assert.Equal((1, 99), (run.ExitCode, run.Output.Count(static c => c == '\n')));
        string file = Path.Combine(_directory.Path, "extract");
        Assert.Equal(1, DumpRun.Of("extract", _directory.Path, "--binary", "--output", file).ExitCode);
        Assert.Equal(BinaryExtract.HeaderBytes + (99 * 136), new FileInfo(file).Length);
    }

    [Theory]
    [InlineData("--from", "3", "--to", "2")]
    [InlineData("--format", "csv")]
    public void What_makes_no_sense_is_usage(params string[] arguments)
    {
        _directory.Append(3);
        _directory.Close();
        Assert.Equal(2, DumpRun.Of(["extract", _directory.Path, .. arguments]).ExitCode);
    }

    // A reader, written from the layout alone.
    private void AssertHolds(byte[] bytes, long first, long last)
    {
        long count = Math.Max(0, last - first + 1);
        Assert.Equal("RAFTXTRC"u8.ToArray(), bytes[..8]);
        Assert.Equal((1u, 64u), (BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(8)), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(12))));
        Assert.Equal(_directory.Options.ClusterId, new Guid(bytes.AsSpan(16, 16), bigEndian: true));
        Assert.Equal(_directory.Options.GroupId, BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(32)));
        Assert.Equal(count == 0 ? 0 : first, BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(40)));
        int offset = 64;
        for (long index = first; index <= last; index++)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(offset));
            int size = 32 + ((length + 7) & ~7);
            ReadOnlySpan<byte> chained = bytes.AsSpan(offset - 8, size + 8);
            Assert.Equal(IndependentReader.Crc(chained[..^8]), BinaryPrimitives.ReadUInt64LittleEndian(chained[^8..]));
            Assert.Equal(_directory.Log.ChainAt(index), BinaryPrimitives.ReadUInt64LittleEndian(chained[^8..]));
            Assert.Equal(TemporaryLog.PayloadOf(index, (int)index * 3), bytes[(offset + 24)..(offset + 24 + length)]);
            offset += size;
        }

        Assert.Equal(0xFFFF_FFFFu, BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(offset)));
        Assert.Equal((count, bytes.Length), (BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(offset + 8)), offset + 16));
    }
}
