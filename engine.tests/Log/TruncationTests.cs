using System;
using System.Collections.Generic;
using System.IO;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Tests.Storage;
using Xunit;

namespace RaftEngine.Tests.Log;

/// <summary>Raft §5.3: a conflicting suffix goes, for good, and nothing else goes with it.</summary>
public sealed class TruncationTests : IDisposable
{
    private readonly TemporaryLog _directory = new();

    private SegmentedLog Log => _directory.Log;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_truncated_suffix_does_not_come_back_when_the_process_dies(bool isCleanClose)
    {
        _directory.Append(20, term: 1);
        _directory.Append(20, term: 3);
        _directory.Sync();
        Log.WriteIdleMark();
        Log.TruncateFrom(31);
        Assert.Equal(30, Log.LastIndex);
        Assert.Equal(30, Log.DurableIndex);
        Assert.Equal(3, Log.TermAt(30));
        Assert.Throws<InvalidOperationException>(() => Log.TermAt(31));
        Assert.Throws<InvalidOperationException>(() => Log.ChainAt(31));
        Assert.Throws<InvalidOperationException>(() => Log.RunBytes(30, 31).Length);
        string contents = _directory.Contents();
        if (isCleanClose)
        {
            _directory.Close();
        }
        else
        {
            _directory.Die();
        }

        Assert.Equal(contents, _directory.Contents());
        Assert.Equal(0, Log.TornTailBytes);
        _directory.Append(1, term: 4);
        _directory.Die();
        Assert.Equal(31, Log.LastIndex);
        Assert.Equal(4, Log.TermAt(31));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(390)]
    public void What_a_crash_leaves_of_a_long_suffix_is_erased_when_the_log_is_opened(long index)
    {
        // The last of what is to become zero does not; it lies further behind the cut than the bound for what may be unsynced.
        for (int i = 0; i < 400; i += 20)
        {
            _directory.Append(20, size: 100);
            _directory.Sync();
        }

        string file = _directory.FileOf(1);
        byte[] before = File.ReadAllBytes(file);
        int lastRecord = SegmentFormat.HeaderBytes + (399 * 136);
        Log.TruncateFrom(index);
        _directory.Die();
        _directory.Edit(file, bytes => before.AsSpan(lastRecord, 136).CopyTo(bytes.AsSpan(lastRecord)));
        Assert.Equal(index - 1, Log.LastIndex);
        _directory.Die();
        Assert.Equal(-1, File.ReadAllBytes(file).AsSpan(lastRecord).IndexOfAnyExcept((byte)0));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(40)]
    public void A_truncation_within_a_segment_leaves_only_zeros_behind_the_mark(long index)
    {
        _directory.Append(40);
        _directory.Sync();
        Log.TruncateFrom(index);
        _directory.Die();
        byte[] segment = File.ReadAllBytes(_directory.FileOf(1));
        int end = SegmentFormat.HeaderBytes + (int)((index - 1) * 56) + TailMark.SizeInBytes;
        Assert.Equal(end, segment.AsSpan().LastIndexOfAnyExcept((byte)0) + 1);
        Assert.Equal(index - 1, Log.LastIndex);
    }

    [Fact]
    public void A_truncation_across_segments_leaves_neither_a_hole_nor_a_later_segment()
    {
        _directory.Append(3000, size: 100, groupOf: 20);
        int segments = Directory.GetFiles(_directory.Path, "*.segment").Length;
        Assert.True(segments >= 6);
        while (Log.LastIndex > 1)
        {
            long cut = Math.Max(2, Log.LastIndex - 400);
            ulong chain = Log.ChainAt(cut - 1);
            Log.TruncateFrom(cut);
            Assert.Equal(cut - 1, Log.LastIndex);
            Assert.Equal(chain, Log.ChainAt(cut - 1));
            _directory.Die();
            Assert.Equal(cut - 1, Log.LastIndex);
            Assert.Equal(chain, Log.ChainAt(cut - 1));
            _directory.Append(5, term: 2, size: 100);
            _directory.Die();
            Assert.Equal(cut + 4, Log.LastIndex);
            Log.TruncateFrom(cut);
        }

        Assert.Single(Directory.GetFiles(_directory.Path, "*.segment"));
    }

    [Fact]
    public void A_truncation_at_a_segments_first_index_removes_it_and_the_log_rolls_there_again()
    {
        _directory.Append(1200, size: 100);
        string[] files = Directory.GetFiles(_directory.Path, "*.segment");
        Array.Sort(files, StringComparer.Ordinal);
        Assert.True(SegmentFormat.TryParseName(Path.GetFileName(files[1]), out long first));
        Log.TruncateFrom(first);
        Assert.Equal(first - 1, Log.LastIndex);
        Assert.False(File.Exists(files[1]));
        _directory.Append(100, term: 2, size: 100);
        Assert.True(File.Exists(files[1]));
        string contents = _directory.Contents();
        _directory.Die();
        Assert.Equal(contents, _directory.Contents());
    }

    [Fact]
    public void A_truncation_takes_what_was_only_in_memory_too()
    {
        _directory.Append(5);
        Log.Append(EntryKind.Command, 1, [1]);
        Log.Append(EntryKind.Command, 1, [2]);
        Log.TruncateFrom(7);
        Assert.Equal(6, Log.LastIndex);
        Assert.Equal(7, Log.Append(EntryKind.Command, 2, [3]));
        Log.Flush();
        Assert.Equal([3], Log.Read(7).Payload.ToArray());
        _directory.Die();
        Assert.Equal(2, Log.TermAt(7));
        Assert.Equal([1], Log.Read(6).Payload.ToArray());
    }

    [Fact]
    public void Truncating_nothing_changes_nothing_and_truncating_what_is_not_there_is_refused()
    {
        _directory.Append(5);
        SyncTicket ticket = Log.PrepareSync();
        Log.TruncateFrom(6);
        Log.Sync(ticket);
        Log.CompleteSync(ticket);
        Assert.Equal(5, Log.DurableIndex);
        Assert.Throws<InvalidOperationException>(() => Log.TruncateFrom(7));
        Assert.Throws<InvalidOperationException>(() => Log.TruncateFrom(0));
        Assert.Equal(5, Log.LastIndex);
    }

    [Fact]
    public void A_torn_write_after_a_truncation_is_cut_and_the_old_marks_do_not_call_it_damage()
    {
        _directory.Append(40);
        _directory.Sync();
        Log.WriteIdleMark();
        Log.TruncateFrom(11);
        _directory.Append(10, term: 2, groupOf: 10);
        _directory.Die();
        byte[] whole = File.ReadAllBytes(_directory.FileOf(1));
        for (int cut = SegmentFormat.HeaderBytes + (10 * 56); cut < SegmentFormat.HeaderBytes + (20 * 56) + 48; cut += 7)
        {
            byte[] torn = whole.AsSpan().ToArray();
            torn.AsSpan(cut).Clear();
            File.WriteAllBytes(_directory.FileOf(1), torn);
            Assert.InRange(Log.LastIndex, 10, 20);
            Assert.True(Log.LastIndex == 10 || Log.TermAt(Log.LastIndex) == 2);
            _directory.Die();
        }
    }

    [Theory]
    [InlineData(10, 24)]
    [InlineData(19, 24)]
    [InlineData(7, 200)]
    public void A_loss_of_power_at_any_point_of_a_truncation_leaves_a_log_with_all_some_or_none_of_the_suffix(long cut, int size)
    {
        _directory.Append(30, term: 1, size: size);
        _directory.Die();
        FailingDirectory disk = null!;
        _directory.OpenThrough(inner => disk = new FailingDirectory(inner));
        byte[] onDisk = File.ReadAllBytes(_directory.FileOf(1));
        string before = _directory.Contents();
        disk.Journal = [];
        Log.TruncateFrom(cut);
        _directory.Append(4, term: 2, size: size, groupOf: 4);
        _directory.Sync();
        string after = _directory.Contents();
        _directory.Die();

        // Between two syncs any set of the sectors written may have reached the disk: each one alone, each one missing, all up to one, all from one on.
        int states = 0;
        byte[] written = onDisk.AsSpan().ToArray();
        foreach ((long offset, byte[]? bytes) in disk.Journal)
        {
            bytes?.CopyTo(written, offset);
            if (bytes is null)
            {
                List<int> sectors = [];
                for (int sector = 0; sector < written.Length; sector += 512)
                {
                    if (!written.AsSpan(sector, 512).SequenceEqual(onDisk.AsSpan(sector, 512)))
                    {
                        sectors.Add(sector);
                    }
                }

                for (int one = 0; one < sectors.Count; one++)
                {
                    int chosen = one;
                    Check(sectors.FindAll(sector => sector == sectors[chosen]));
                    Check(sectors.FindAll(sector => sector != sectors[chosen]));
                    Check(sectors.FindAll(sector => sector <= sectors[chosen]));
                    Check(sectors.FindAll(sector => sector >= sectors[chosen]));
                }

                onDisk = written.AsSpan().ToArray();
            }

            void Check(List<int> reached)
            {
                states++;
                byte[] crashed = onDisk.AsSpan().ToArray();
                reached.ForEach(sector => written.AsSpan(sector, 512).CopyTo(crashed.AsSpan(sector)));
                File.WriteAllBytes(_directory.FileOf(1), crashed);
                string contents = _directory.Contents();
                Assert.True(Log.LastIndex >= cut - 1);
                Assert.True(before.StartsWith(contents, StringComparison.Ordinal) || after.StartsWith(contents, StringComparison.Ordinal));
                _directory.Die();
            }
        }

        Assert.InRange(states, 12, 1000);
        Assert.Equal(written, onDisk);
    }
}
