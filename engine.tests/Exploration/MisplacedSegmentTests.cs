using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using RaftEngine.Log;
using RaftEngine.Simulate.Disk;
using RaftEngine.Tests.Storage;
using Xunit;

namespace RaftEngine.Tests.Exploration;

/// <summary>A whole and valid segment in the wrong place is damage like any other.</summary>
public sealed class MisplacedSegmentTests : IDisposable
{
    private readonly FinishedLog _log = new();

    public void Dispose() => _log.Dispose();

    [Fact]
    public void A_segment_of_another_log_is_refused_by_its_log_id()
    {
        using FinishedLog other = new();
        foreach (string name in _log.Segments)
        {
            Assert.Contains("log id", Refused(image => image.Put(name, other.ContentOf(name)), name).Message, StringComparison.Ordinal);
        }

        // What says whose the log is, or where it begins, of another log.
        Assert.Contains("log id", Refused(image => image.Put(HardStateFile.Name, other.ContentOf(HardStateFile.Name)), LogStartFile.Name).Message, StringComparison.Ordinal);
        Assert.Contains("log id", Refused(image => image.Put(LogStartFile.Name, other.ContentOf(LogStartFile.Name)), LogStartFile.Name).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_table_of_another_segment_or_log_or_of_earlier_records_is_none(bool isTrusting)
    {
        using FinishedLog other = new();
        string[] tables = [.. _log.Files.Where(OffsetTable.IsTable).Order(StringComparer.Ordinal)];
        Assert.Equal(2, tables.Length);
        Ignored(_log, isTrusting, image => image.Put(tables[0], _log.ContentOf(tables[1])));
        Ignored(_log, isTrusting, image => image.Put(tables[0], other.ContentOf(tables[0])));
        Ignored(_log, isTrusting, image =>
        {
            image.Put(tables[0], _log.ContentOf(tables[1]));
            image.Put(tables[1], _log.ContentOf(tables[0]));
        });
        Ignored(_log, isTrusting, image => image.Put(OffsetTable.NameOf(7), _log.ContentOf(tables[1]))); // of no segment

        // The segment's own, of the same life, from before a truncation: as many records, the same but for one.
        using FakeDisk disk = new(_log.Copy());
        ScriptedCut(disk, out string table, out LogModel model);
        byte[] stale = _log.ContentOf(table);
        Assert.NotEqual(stale, disk.Image.FileOf(table).Content.ToArray());
        Assert.Equal(stale.Length, disk.Image.FileOf(table).Length);
        disk.Image.Put(table, stale);
        using FakeDisk again = new(disk.Image.Clone());
        DataDirectory data = DataDirectory.Open(again.OpenDirectory(), FinishedLog.Options with { VerifyFromIndex = isTrusting ? long.MaxValue : 1 });
        Assert.Null((model with { Acknowledged = 0 }).Differs(data));
        data.Abandon();
        Assert.NotEqual(stale, again.Image.FileOf(table).Content.ToArray());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Segments_that_are_swapped_or_doubled_with_their_tables_are_refused(bool isTrusting)
    {
        (string one, string other) = (_log.Segments[0], _log.Segments[1]);
        DiskImage swapped = _log.Copy();
        Take(swapped, one, other);
        Take(swapped, other, one);
        Assert.Equal(Damage.Outcome.Refused, Damage.Open(_log, isTrusting, swapped, out LogCorruptedException? e, out _));
        Assert.Equal(one, e!.Segment);
        DiskImage doubled = _log.Copy();
        Take(doubled, SegmentFormat.NameOf(3), one);
        Assert.Equal(Damage.Outcome.Refused, Damage.Open(_log, isTrusting, doubled, out _, out _));

        void Take(DiskImage image, string name, string from)
        {
            image.Put(name, _log.ContentOf(from));
            image.Put(TableOf(name), _log.ContentOf(TableOf(from)));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_segment_that_was_compacted_is_litter_when_it_is_put_back_and_an_earlier_beginning_is_refused(bool isTrusting)
    {
        using FakeDisk disk = new(_log.Copy());
        DataDirectory data = DataDirectory.Open(disk.OpenDirectory(), FinishedLog.Options);
        data.Log.CompactTo(data.Log.LastIndex);
        LogModel model = _log.Model with { Acknowledged = 0, FirstIndexes = [data.Log.FirstIndex] };
        data.Dispose();
        Assert.True(model.FirstIndexes[0] > 1);

        foreach (int count in (int[])[1, 2])
        {
            using FakeDisk back = new(disk.Image.Clone());
            foreach (string name in _log.Segments.Take(count))
            {
                back.Image.Put(name, _log.ContentOf(name));
                back.Image.Put(TableOf(name), _log.ContentOf(TableOf(name)));
            }

            data = DataDirectory.Open(back.OpenDirectory(), FinishedLog.Options with { VerifyFromIndex = isTrusting ? long.MaxValue : 1 });
            Assert.Null(model.Differs(data));
            data.Abandon();
            Assert.DoesNotContain(_log.Segments[0], back.Image.Names.Keys);
            Assert.DoesNotContain(TableOf(_log.Segments[0]), back.Image.Names.Keys);
        }

        DiskImage earlier = disk.Image.Clone();
        earlier.Put(LogStartFile.Name, _log.ContentOf(LogStartFile.Name));
        LogCorruptedException e = Assert.Throws<LogCorruptedException>(() => OpenAndClose(earlier));
        Assert.Equal((_log.Segments[0], true), (e.Segment, e.IsMissing));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_copy_of_a_segment_among_the_prepared_files_is_no_part_of_the_log(bool isTrusting)
    {
        using FinishedLog other = new(FinishedLog.Kinds.Interrupted);
        foreach (string name in _log.Segments)
        {
            Ignored(_log, isTrusting, image => image.Put("7.prepared", _log.ContentOf(name)));
        }

        Ignored(_log, isTrusting, image => image.Put("7.prepared", other.ContentOf(other.ActiveFile)));
        Ignored(_log, isTrusting, image => image.Put("log-start.new", other.ContentOf(LogStartFile.Name)));
    }

    [Fact]
    public void A_segment_under_another_name_is_refused()
    {
        foreach (string name in _log.Segments)
        {
            foreach (string other in _log.Segments)
            {
                if (other != name)
                {
                    LogCorruptedException e = Refused(image => image.Put(other, _log.ContentOf(name)), other);
                    Assert.Contains("first index, against the file's name", e.Message, StringComparison.Ordinal);
                }
            }
        }

        Refused(
            image =>
            {
                image.Put(_log.Segments[0], _log.ContentOf(_log.Segments[1]));
                image.Put(_log.Segments[1], _log.ContentOf(_log.Segments[0]));
            },
            _log.Segments[0]);
    }

    [Fact]
    public void A_duplicate_of_a_segment_under_a_name_that_was_free_is_refused()
    {
        foreach (string name in _log.Segments)
        {
            foreach (long free in (long[])[2, _log.Model.LastIndex, _log.Model.LastIndex + 1, long.MaxValue])
            {
                Assert.IsType<LogCorruptedException>(Record.Exception(() => Open(image => image.Put(SegmentFormat.NameOf(free), _log.ContentOf(name)))));
            }
        }
    }

    [Fact]
    public void A_segment_of_a_copy_of_the_log_that_went_another_way_is_refused_by_the_chain()
    {
        // The same directory twice, with one and the same identity; and then two histories, alike in all but a payload.
        (Dictionary<string, byte[]> one, LogModel model) = GoOn(0x11);
        (Dictionary<string, byte[]> other, _) = GoOn(0x22);
        string[] names = [.. one.Keys];
        Array.Sort(names, StringComparer.Ordinal);
        string last = Array.FindLast(names, static name => name.EndsWith(SegmentFormat.Extension, StringComparison.Ordinal))!;
        Assert.NotEqual(_log.ActiveFile, last);

        using DiskImage whole = ImageOf(one);
        using FakeDisk disk = new(whole.Clone());
        DataDirectory data = DataDirectory.Open(disk.OpenDirectory(), FinishedLog.Options);
        Assert.Equal(model.Records.Length, data.Log.LastIndex);
        data.Abandon();

        one[last] = other[last];
        LogCorruptedException e = Assert.Throws<LogCorruptedException>(() => OpenAndClose(ImageOf(one)));
        Assert.Equal(last, e.Segment);
        Assert.Equal(SegmentFormat.ChainSeedOffset, e.Offset);
        Assert.Contains("chain seed", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stale_copy_of_a_segment_that_has_been_sealed_since_is_refused()
    {
        // The active segment as it was, with later segments behind it.
        (Dictionary<string, byte[]> later, _) = GoOn(0x11);
        later[_log.ActiveFile] = _log.ContentOf(_log.ActiveFile);
        LogCorruptedException e = Assert.Throws<LogCorruptedException>(() => OpenAndClose(ImageOf(later)));
        Assert.Equal((SegmentFormat.NameOf(_log.Model.LastIndex + 1), true), (e.Segment, e.IsMissing));
        Assert.Equal(_log.Model.LastIndex + 1, e.Index);
    }

    [Fact]
    public void A_sealed_segment_whose_final_mark_was_never_written_is_refused()
    {
        // A write that the disk has lost in silence: the mark of the last group stands where the final one should, and vouches for less.
        string name = _log.Segments[0];
        byte[] content = _log.ContentOf(name);
        int end = _log.EndOf(name);
        long created = BinaryPrimitives.ReadInt64LittleEndian(content.AsSpan(48));
        Assert.True(TailMark.TryRead(content, end, created, out TailMark mark));
        Assert.Equal(end, mark.SyncedThrough);
        (mark with { Sequence = mark.Sequence - 1, SyncedThrough = end - 8 }).Write(content.AsSpan(end), created);
        LogCorruptedException e = Refused(image => image.Put(name, content), name);
        Assert.Equal(end, e.Offset);
        Assert.Equal((ulong)end - 8, e.Actual);
    }

    private static string TableOf(string segment) => segment.Replace(SegmentFormat.Extension, OffsetTable.Extension, StringComparison.Ordinal);

    private static void Ignored(FinishedLog log, bool isTrusting, Action<DiskImage> change)
    {
        DiskImage image = log.Copy();
        change(image);
        Assert.Equal(Damage.Outcome.NoEffect, Damage.Open(log, isTrusting, image, out _, out _));
    }

    // Replaces the last record of a sealed segment by another of the same size, and seals it again.
    private void ScriptedCut(FakeDisk disk, out string table, out LogModel model)
    {
        long last = _log.Records.Last(record => record.Value.File == _log.Segments[1]).Key;
        DataDirectory data = DataDirectory.Open(disk.OpenDirectory(), FinishedLog.Options);
        data.Log.TruncateFrom(last);
        model = _log.Model with { Records = _log.Model.Records[..(int)(last - 1)] };
        for (int i = 0; i < 2; i++)
        {
            ModelRecord next = new(_log.Model[last].Term, Protocol.EntryKind.Command, new byte[_log.Model[last].Payload.Length], 0);
            data.Log.Append(next.Kind, next.Term, next.Payload);
            model = model with { Records = model.Records.Add(next with { Chain = data.Log.ChainAt(data.Log.LastIndex) }) };
        }

        data.Dispose();
        table = TableOf(_log.Segments[1]);
    }

    // Two records that differ in a byte of payload, then enough to roll.
    private (Dictionary<string, byte[]> Files, LogModel Model) GoOn(byte different)
    {
        using FakeDisk disk = new(_log.Copy());
        DataDirectory data = DataDirectory.Open(disk.OpenDirectory(), FinishedLog.Options);
        byte[] payload = new byte[3000];
        payload[100] = different;
        data.Log.Append(Protocol.EntryKind.Command, 9, payload);
        payload[100] = 0;
        for (int i = 0; i < 6; i++)
        {
            data.Log.Append(Protocol.EntryKind.Command, 9, payload);
        }

        LogModel model = _log.Model with { Records = [.. new ModelRecord[data.Log.LastIndex]] };
        data.Dispose();
        Dictionary<string, byte[]> files = [];
        foreach (string name in disk.Image.Names.Keys)
        {
            files[name] = disk.Image.FileOf(name).Content.ToArray();
        }

        return (files, model);
    }

    private static DiskImage ImageOf(Dictionary<string, byte[]> files)
    {
        DiskImage image = new(FinishedLog.Options.SegmentSizeBytes + DiskFile.PageBytes);
        foreach ((string name, byte[] content) in files)
        {
            image.Put(name, content);
        }

        return image;
    }

    private LogCorruptedException Refused(Action<DiskImage> change, string name)
    {
        LogCorruptedException e = Assert.Throws<LogCorruptedException>(() => Open(change));
        Assert.Equal(name, e.Segment);
        return e;
    }

    private void Open(Action<DiskImage> change)
    {
        DiskImage image = _log.Copy();
        change(image);
        OpenAndClose(image);
    }

    private static void OpenAndClose(DiskImage image)
    {
        using FakeDisk disk = new(image);
        DataDirectory.Open(disk.OpenDirectory(), FinishedLog.Options).Abandon();
    }
}
