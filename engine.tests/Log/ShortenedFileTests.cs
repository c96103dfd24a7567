using System;
using System.IO;
using RaftEngine.Log;
using RaftEngine.LogDump.Reading;
using RaftEngine.Protocol;
using RaftEngine.Storage;
using Xunit;

namespace RaftEngine.Tests.Log;

/// <summary>A file that somebody cuts short while it is read is reported. Of a mapped file the process would die, and
/// the tests with it.</summary>
public sealed class ShortenedFileTests : IDisposable
{
    private const int Segment = 2 << 20; // more than is read at once

    private readonly TemporaryLog _directory = new() { Options = TemporaryLog.DefaultOptions with { SegmentSizeBytes = Segment, MaxUnsyncedBytes = 1 << 20 } };

    public ShortenedFileTests()
    {
        _directory.Append(400, size: 8000, groupOf: 20); // more than a segment
        _directory.Close();
    }

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(8192)]
    [InlineData(500_000)]
    public void Verification_finds_it(long length)
    {
        LogVerification found = LogInspector.Open(_directory.Path).Verify(Shorten(1, length), null, default);
        Require(found.Damage);
    }

    [Fact]
    public void A_backward_look_finds_it_or_shows_what_it_had_read_before()
    {
        LogInspector inspector = LogInspector.Open(_directory.Path);
        inspector.VisitBackward(1, 200, Shorten(200, 8192));
        Require(Assert.Throws<LogCorruptedException>(() => inspector.VisitBackward(1, 200, static (_, _, _) => true)));
    }

    [Fact]
    public void A_look_up_finds_it()
    {
        using LogLookup lookup = LogInspector.Open(_directory.Path).OpenLookup();
        Assert.Equal(1, lookup.Read(1).Index);
        Shorten();
        Require(Assert.Throws<LogCorruptedException>(() => lookup.Read(200)));
    }

    [Fact]
    public void What_follows_the_log_finds_it()
    {
        ManualTime time = new();
        using LogFollower follower = new(LogInspector.Open(_directory.Path), 1, time);
        LogRecordVisitor shorten = Shorten(3, 8192);
        LogCorruptedException? found = null;
        for (int i = 0; i < 10 && found is null; i++)
        {
            found = Record.Exception(() => follower.Look(shorten)) as LogCorruptedException;
            time.Advance(TimeSpan.FromSeconds(1));
        }

        Require(found);
    }

    [Fact]
    public void A_picture_of_the_segment_shows_it()
    {
        using FileSystemDirectory directory = FileSystemDirectory.OpenExisting(_directory.Path);
        using SegmentFile file = SegmentFile.TryOpen(directory, SegmentFormat.NameOf(1))!;
        Shorten();
        Require(Assert.Throws<LogCorruptedException>(() => file.EndOfWritten(SegmentFormat.HeaderBytes)));
        Assert.True(LogMap.Read(LogInspector.Open(_directory.Path), default)[0].IsDamaged);
    }

    [Fact]
    public void A_table_of_offsets_is_not_believed()
    {
        string name = SegmentFormat.NameOf(1);
        using FileSystemDirectory directory = FileSystemDirectory.OpenExisting(_directory.Path);
        using SegmentCopy copy = LogInspector.Open(_directory.Path).TryOpenSegment(directory, name, out SegmentHeader header)!;
        using OffsetTable table = OffsetTable.TryOpen(directory, header, isCopied: true)!;
        File.WriteAllBytes(Path.Combine(_directory.Path, OffsetTable.NameOf(1)), []);
        Assert.True(table.TryFind(table.Records - 1, out int offset) && offset > Segment / 2);
    }

    private static void Require(LogCorruptedException? found)
    {
        Assert.NotNull(found);
        Assert.Equal(SegmentFormat.NameOf(1), found.Segment);
        Assert.Contains("segment size", found.Message, StringComparison.Ordinal);
    }

    private LogRecordVisitor Shorten(long index, long length) => (_, _, record) =>
    {
        if (record.Index == index)
        {
            Shorten(length);
        }

        return true;
    };

    private void Shorten(long length = 8192)
    {
        using FileStream file = new(_directory.FileOf(1), FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.SetLength(length);
    }
}
