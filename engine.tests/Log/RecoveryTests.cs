using System;
using System.Buffers.Binary;
using System.IO;
using RaftEngine.Log;
using RaftEngine.Protocol;
using Xunit;

namespace RaftEngine.Tests.Log;

/// <summary>A torn write is never confused with damage: the one is cut and reported, the other refused and located.</summary>
public sealed class RecoveryTests : IDisposable
{
    private readonly TemporaryLog _directory = new();

    private SegmentedLog Log => _directory.Log;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_last_write_torn_at_any_byte_is_cut_to_the_records_before_it()
    {
        _directory.Append(10, groupOf: 2);
        _directory.Sync();
        _directory.Append(4, groupOf: 4);
        ulong[] chains = new ulong[15];
        int[] ends = new int[15];
        for (int index = 10; index <= 14; index++)
        {
            chains[index] = Log.ChainAt(index);
            ends[index] = SegmentFormat.HeaderBytes + Log.RunFrom(1, int.MaxValue).SizeInBytes - (index == 14 ? 0 : Log.RunFrom(index + 1, int.MaxValue).SizeInBytes);
        }

        _directory.Die();
        byte[] whole = File.ReadAllBytes(_directory.FileOf(1));
        for (int cut = ends[10]; cut <= ends[14] + TailMark.SizeInBytes; cut++)
        {
            byte[] torn = whole.AsSpan().ToArray();
            torn.AsSpan(cut).Clear();
            File.WriteAllBytes(_directory.FileOf(1), torn);
            int last = 10;
            while (last < 14 && torn.AsSpan(ends[last], ends[last + 1] - ends[last]).SequenceEqual(whole.AsSpan(ends[last], ends[last + 1] - ends[last])))
            {
                last++;
            }

            int written = torn.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
            Assert.Equal(last, Log.LastIndex);
            Assert.Equal(last, Log.DurableIndex);
            Assert.Equal(chains[last], Log.ChainAt(last));
            bool markIsWhole = torn.AsSpan().SequenceEqual(whole);
            Assert.Equal(markIsWhole ? 0 : Math.Max(0, written - ends[last]), Log.TornTailBytes);

            _directory.Append(1, term: 2);
            _directory.Die();
            Assert.Equal(0, Log.TornTailBytes);
            Assert.Equal(last + 1, Log.LastIndex);
            _directory.Die();
        }
    }

    [Fact]
    public void A_last_write_of_which_any_one_record_is_missing_is_cut_there()
    {
        _directory.Append(10);
        _directory.Sync();
        _directory.Append(6, groupOf: 6);
        _directory.Die();
        byte[] whole = File.ReadAllBytes(_directory.FileOf(1));
        for (int missing = 11; missing <= 16; missing++)
        {
            byte[] torn = whole.AsSpan().ToArray();
            torn.AsSpan(SegmentFormat.HeaderBytes + ((missing - 1) * 56), 56).Clear();
            File.WriteAllBytes(_directory.FileOf(1), torn);
            Assert.Equal(missing - 1, Log.LastIndex);
            Assert.Equal(((16 - missing + 1) * 56) + TailMark.SizeInBytes, Log.TornTailBytes);
            _directory.Die();
            Assert.Equal(0, Log.TornTailBytes);
            _directory.Die();
        }
    }

    [Fact]
    public void Damage_in_any_byte_that_a_mark_calls_synced_stops_the_log_and_is_located()
    {
        _directory.Append(6);
        _directory.Close();
        byte[] whole = File.ReadAllBytes(_directory.FileOf(1));
        for (int offset = SegmentFormat.ChainSeedOffset; offset < SegmentFormat.HeaderBytes + (6 * 56); offset++)
        {
            byte[] damaged = whole.AsSpan().ToArray();
            damaged[offset] ^= (byte)(1 << (offset % 8));
            File.WriteAllBytes(_directory.FileOf(1), damaged);
            LogCorruptedException e = Assert.Throws<LogCorruptedException>(() => _directory.Log);
            Assert.Equal(SegmentFormat.NameOf(1), e.Segment);
            int record = (offset - SegmentFormat.HeaderBytes) / 56;
            Assert.Equal(offset < SegmentFormat.HeaderBytes ? SegmentFormat.ChainSeedOffset : SegmentFormat.HeaderBytes + (record * 56), e.Offset);
            Assert.Equal(offset < SegmentFormat.HeaderBytes ? 0 : record + 1, e.Index);
            Assert.NotEqual(e.Expected, e.Actual);
            Assert.Equal(damaged, File.ReadAllBytes(_directory.FileOf(1)));
        }
    }

    [Fact]
    public void The_mark_of_a_later_write_vouches_for_what_was_synced_before_it()
    {
        _directory.Append(6);
        _directory.Sync();
        _directory.Append(6);
        _directory.Die();
        byte[] whole = File.ReadAllBytes(_directory.FileOf(1));
        for (int record = 1; record <= 12; record++)
        {
            byte[] damaged = whole.AsSpan().ToArray();
            damaged[SegmentFormat.HeaderBytes + (record * 56) - 20] ^= 1;
            File.WriteAllBytes(_directory.FileOf(1), damaged);
            if (record <= 6)
            {
                Assert.Equal(record, Assert.Throws<LogCorruptedException>(() => _directory.Log).Index);
            }
            else
            {
                Assert.Equal(record - 1, Log.LastIndex);
                Assert.NotEqual(0, Log.TornTailBytes);
                _directory.Die();
            }
        }
    }

    [Fact]
    public void The_search_for_a_later_mark_ends_where_none_can_have_been_written()
    {
        _directory.Append(5);
        _directory.Close();
        byte[] clean = File.ReadAllBytes(_directory.FileOf(1));
        TailMark last = FindMark(clean);
        int reach = TailMark.SizeInBytes + (int)last.UnsyncedBound;
        (uint, int, bool)[] cases = [(last.UnsyncedBound, reach, true), (last.UnsyncedBound, reach + 48, false), (0, reach + 48, true)];
        foreach ((uint bound, int distance, bool isSeen) in cases)
        {
            byte[] changed = clean.AsSpan().ToArray();
            SetMark(changed, last with { UnsyncedBound = bound });
            SetMark(changed, new TailMark(last.Offset + distance, last.Sequence + 1, last.Offset + 8, last.UnsyncedBound));
            File.WriteAllBytes(_directory.FileOf(1), changed);
            Assert.Equal(isSeen, Record.Exception(() => _directory.Log) is LogCorruptedException { Index: 6 });
            _directory.Die();
        }
    }

    [Fact]
    public void Without_a_bound_in_the_mark_distance_says_nothing()
    {
        _directory.Options = TemporaryLog.DefaultOptions with { MaxUnsyncedBytes = 0 };
        _directory.Append(100, size: 100);
        _directory.Die();
        byte[] unbounded = File.ReadAllBytes(_directory.FileOf(1));
        Assert.Equal(0u, FindMark(unbounded).UnsyncedBound);
        unbounded[SegmentFormat.HeaderBytes + (2 * 136) + 30] ^= 1;
        File.WriteAllBytes(_directory.FileOf(1), unbounded);
        Assert.Equal(2, Log.LastIndex);
    }

    [Fact]
    public void Marks_say_how_far_the_log_is_on_disk()
    {
        _directory.Append(5);
        _directory.Sync();
        Assert.Equal(SegmentFormat.HeaderBytes, FindMark(_directory.FileOf(1)).SyncedThrough);
        Log.WriteIdleMark();
        TailMark idle = FindMark(_directory.FileOf(1));
        Assert.Equal(SegmentFormat.HeaderBytes + (5 * 56), idle.SyncedThrough);
        Log.WriteIdleMark();
        Assert.Equal(idle, FindMark(_directory.FileOf(1)));
        _directory.Append(2);
        TailMark next = FindMark(_directory.FileOf(1));
        Assert.Equal(idle.SyncedThrough, next.SyncedThrough);
        Assert.Equal(idle.Sequence + 2, next.Sequence);
        _directory.Close();
        Assert.Equal(SegmentFormat.HeaderBytes + (7 * 56), FindMark(_directory.FileOf(1)).SyncedThrough);
    }

    [Fact]
    public void Damage_anywhere_in_a_sealed_segment_without_a_table_is_refused()
    {
        _directory.Append(600, size: 200);
        _directory.Close();
        _directory.DeleteTables();
        string file = _directory.FileOf(1);
        byte[] whole = File.ReadAllBytes(file);
        long recordsInIt = (whole.Length - SegmentFormat.HeaderBytes - TailMark.SizeInBytes) / 232;
        int end = SegmentFormat.HeaderBytes + (int)(recordsInIt * 232) + TailMark.SizeInBytes;
        for (int offset = 0; offset < end; offset += offset is < 80 or > 4080 and < 4700 || offset > end - 600 ? 1 : 511)
        {
            byte[] damaged = whole.AsSpan().ToArray();
            damaged[offset] ^= (byte)(1 << (offset % 8));
            File.WriteAllBytes(file, damaged);
            LogCorruptedException e = Assert.Throws<LogCorruptedException>(() => _directory.Log);
            Assert.Equal(SegmentFormat.NameOf(1), e.Segment);
            if (offset >= SegmentFormat.HeaderBytes)
            {
                Assert.Equal(Math.Min(((offset - SegmentFormat.HeaderBytes) / 232) + 1, recordsInIt + 1), e.Index);
            }
        }
    }

    [Fact]
    public void A_segment_of_the_wrong_length_is_refused()
    {
        _directory.Append(600, size: 200);
        _directory.Close();
        foreach (string file in Directory.GetFiles(_directory.Path, "*.segment"))
        {
            byte[] whole = File.ReadAllBytes(file);
            foreach (int length in (int[])[0, 1, 64, 4095, 4096, 4097, 30_000, whole.Length - 1, whole.Length + 1])
            {
                byte[] other = new byte[length];
                whole.AsSpan(0, Math.Min(length, whole.Length)).CopyTo(other);
                File.WriteAllBytes(file, other);
                Assert.Equal(Path.GetFileName(file), Assert.Throws<LogCorruptedException>(() => _directory.Log).Segment);
            }

            File.WriteAllBytes(file, whole);
        }

        Assert.Equal(600, Log.LastIndex);
    }

    [Fact]
    public void A_missing_misnamed_or_foreign_segment_is_refused()
    {
        _directory.Append(900, size: 200);
        _directory.Close();
        string[] files = Directory.GetFiles(_directory.Path, "*.segment");
        Array.Sort(files, StringComparer.Ordinal);
        Assert.True(files.Length >= 3);
        byte[] first = File.ReadAllBytes(files[0]);
        byte[] second = File.ReadAllBytes(files[1]);

        File.Delete(files[1]);
        Assert.Throws<LogCorruptedException>(() => _directory.Log);
        File.WriteAllBytes(files[1], first);
        Assert.Throws<LogCorruptedException>(() => _directory.Log);
        File.WriteAllBytes(files[1], second);
        File.Delete(files[0]);
        Assert.Throws<LogCorruptedException>(() => _directory.Log);
        File.WriteAllBytes(files[0], second);
        Assert.Throws<LogCorruptedException>(() => _directory.Log);

        using TemporaryLog other = new();
        other.Append(900, size: 200);
        other.Close();
        File.Copy(other.FileOf(1), files[0], overwrite: true);
        Assert.Contains("log id", Assert.Throws<LogCorruptedException>(() => _directory.Log).Message, StringComparison.Ordinal);

        File.WriteAllBytes(files[0], first);
        Assert.Equal(900, Log.LastIndex);
    }

    [Fact]
    public void A_log_that_lost_all_its_segments_or_its_hard_state_is_refused()
    {
        _directory.Append(5);
        _directory.Data.HardState.Save(new HardState(1, 1));
        _directory.Close();
        string hardState = Path.Combine(_directory.Path, HardStateFile.Name);
        byte[] saved = File.ReadAllBytes(hardState);
        File.Delete(hardState);
        Assert.Equal(HardStateFile.Name, Assert.Throws<LogCorruptedException>(() => _directory.Log).Segment);
        File.WriteAllBytes(hardState, saved);
        File.Delete(_directory.FileOf(1));
        Assert.Throws<LogCorruptedException>(() => _directory.Log);
        Assert.False(File.Exists(_directory.FileOf(1)));
    }

    [Fact]
    public void A_newer_format_is_refused_by_name()
    {
        _directory.Append(5);
        _directory.Close();
        _directory.Edit(SegmentFormat.NameOf(1), static bytes =>
        {
            bytes[8] = 2;
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(64), System.IO.Hashing.Crc64.HashToUInt64(bytes.AsSpan(0, 64)));
        });
        DataDirectoryException e = Assert.Throws<DataDirectoryException>(() => _directory.Log);
        Assert.Contains("version 2", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_payload_that_looks_like_a_mark_or_a_record_is_only_a_payload()
    {
        _directory.Append(3);
        _directory.Close();
        byte[] segment = File.ReadAllBytes(_directory.FileOf(1));
        byte[] lookalike = segment.AsSpan(SegmentFormat.HeaderBytes - 8, (3 * 56) + 8 + TailMark.SizeInBytes).ToArray();
        Log.Append(EntryKind.Command, 1, lookalike);
        Log.Flush();
        _directory.Die();
        Assert.Equal(4, Log.LastIndex);
        _directory.Die();
        _directory.Edit(SegmentFormat.NameOf(1), bytes => bytes[SegmentFormat.HeaderBytes + (3 * 56) + 2] = 1);
        Assert.Throws<LogCorruptedException>(() => _directory.Log);
    }

    private static TailMark FindMark(string file) => FindMark(File.ReadAllBytes(file));

    private static TailMark FindMark(byte[] segment)
    {
        long created = BinaryPrimitives.ReadInt64LittleEndian(segment.AsSpan(48));
        TailMark newest = default;
        for (int offset = SegmentFormat.HeaderBytes; offset < segment.Length; offset += 8)
        {
            if (TailMark.TryRead(segment, offset, created, out TailMark mark))
            {
                Assert.True(newest == default, "There is one mark at a time.");
                newest = mark;
            }
        }

        return newest;
    }

    private static void SetMark(byte[] segment, TailMark mark) =>
        mark.Write(segment.AsSpan((int)mark.Offset), BinaryPrimitives.ReadInt64LittleEndian(segment.AsSpan(48)));
}
