using System;
using System.IO;
using System.Linq;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Simulate.Disk;
using RaftEngine.Storage;
using RaftEngine.Tests.Storage;
using Xunit;

namespace RaftEngine.Tests.Log;

/// <summary>A sealed segment says that another one follows: if none is there, records are gone that may have been
/// acknowledged. No crash leaves a log that looks so.</summary>
public sealed class SealTests : IDisposable
{
    private const int RecordsInSegment = ((64 << 10) - SegmentFormat.HeaderBytes - TailMark.SizeInBytes) / (32 + 200);

    private readonly TemporaryLog _directory = new();

    private SegmentedLog Log => _directory.Log;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(false, 1)]
    [InlineData(false, long.MaxValue)]
    [InlineData(true, 1)]
    [InlineData(true, long.MaxValue)]
    public void A_newest_segment_that_is_deleted_is_missed(bool isClosed, long verifyFrom)
    {
        _directory.Options = TemporaryLog.DefaultOptions with { VerifyFromIndex = verifyFrom };
        _directory.Append(RecordsInSegment + 1, size: 200);
        _directory.Sync();
        End(isClosed);
        RequireMissed(RecordsInSegment + 1);
    }

    [Fact]
    public void It_is_missed_after_a_truncation_that_took_the_log_back_over_segments()
    {
        _directory.Append((3 * RecordsInSegment) + 1, size: 200);
        _directory.Sync();
        Log.TruncateFrom(RecordsInSegment - 3);
        _directory.Append(RecordsInSegment, term: 2, size: 200);
        _directory.Sync();
        _directory.Die();
        RequireMissed(RecordsInSegment + 1);
    }

    [Fact]
    public void It_is_missed_after_a_roll_that_only_a_start_finished()
    {
        PausedScheduler helper = new();
        _directory.Options = TemporaryLog.DefaultOptions with { Scheduler = helper, MaxUnsyncedBytes = 1 << 20 };
        _directory.Append(RecordsInSegment - 10, size: 200);
        helper.IsPaused = true;
        _directory.Append(15, size: 200);
        _directory.Die();
        helper.IsPaused = false;
        Assert.False(File.Exists(_directory.FileOf(RecordsInSegment + 1)));
        Assert.Equal(RecordsInSegment + 5, Log.LastIndex);
        _directory.Die();
        RequireMissed(RecordsInSegment + 1);
    }

    [Fact]
    public void It_is_missed_in_a_log_of_an_earlier_release_once_that_has_been_opened()
    {
        _directory.Append((2 * RecordsInSegment) + 1, size: 200);
        _directory.Close();
        foreach (string file in Directory.GetFiles(_directory.Path, "*.segment"))
        {
            _directory.Edit(Path.GetFileName(file), static bytes => Unseal(bytes, bound: 32 << 10));
        }

        Assert.Equal((2 * RecordsInSegment) + 1, Log.LastIndex);
        _directory.Die();
        RequireMissed((2 * RecordsInSegment) + 1);
    }

    [Fact]
    public void No_step_of_a_roll_or_a_truncation_leaves_a_log_that_looks_as_if_a_segment_were_missing()
    {
        int states = 0;
        _directory.OpenThrough(inner => new WatchedDirectory(inner, CheckCopy));
        _directory.Append(RecordsInSegment + 3, size: 200);
        _directory.Sync();
        _directory.Append(RecordsInSegment, size: 200);
        _directory.Sync();
        Log.TruncateFrom(5);
        Assert.InRange(states, 20, 1000);

        void CheckCopy()
        {
            if (states++ % 16 == 0 || Directory.GetFiles(_directory.Path, "*.segment").Length > 1)
            {
                using TemporaryLog copy = _directory.Copy();
                if (File.Exists(copy.FileOf(1)))
                {
                    Assert.Null(LogInspector.Open(copy.Path).Verify().Damage);
                    Assert.True(copy.Log.LastIndex >= 4 || states < RecordsInSegment);
                }
            }
        }
    }

    [Fact]
    public void The_seal_is_on_disk_before_anything_behind_it_is_acknowledged()
    {
        using FakeDisk disk = new(64 << 10);
        DataDirectory data = DataDirectory.Open(disk.OpenDirectory(), TemporaryLog.DefaultOptions);
        while (data.Log.DurableIndex <= RecordsInSegment)
        {
            data.Log.Append(EntryKind.Command, 1, new byte[200]);
            data.Log.Flush();
            SyncTicket ticket = data.Log.PrepareSync();
            data.Log.Sync(ticket);
            data.Log.CompleteSync(ticket);
        }

        disk.LosePower();
        disk.Image.Remove(SegmentFormat.NameOf(RecordsInSegment + 1));
        Assert.Throws<LogCorruptedException>(() => DataDirectory.Open(disk.OpenDirectory(), TemporaryLog.DefaultOptions));
        data.Abandon();
    }

    [Theory]
    [InlineData("compaction")]
    [InlineData("reset")]
    [InlineData("neither")]
    public void A_log_without_any_segment_is_missed_wherever_it_began(string before)
    {
        _directory.Append((2 * RecordsInSegment) + 1, size: 200);
        _directory.Data.HardState.Save(new HardState(1, 1));
        _directory.Sync();
        switch (before)
        {
            case "compaction":
                Log.CompactTo(Log.LastIndex);
                break;
            case "reset":
                Log.Reset(5000, 7, 0x77);
                break;
        }

        _directory.Close();
        foreach (string file in Directory.GetFiles(_directory.Path, "*.segment"))
        {
            File.Delete(file);
        }

        Assert.NotNull(LogInspector.Open(_directory.Path).Verify().Damage);
        Assert.Throws<LogCorruptedException>(() => LogInspector.Open(_directory.Path).VisitBackward(0, long.MaxValue, static (_, _, _) => true));
        Assert.Throws<LogCorruptedException>(() => _directory.Log);
        Assert.Empty(Directory.GetFiles(_directory.Path, "*.segment"));
    }

    private static void Unseal(byte[] segment, uint bound)
    {
        long created = BitConverter.ToInt64(segment, 48);
        for (int offset = SegmentFormat.HeaderBytes; offset < segment.Length; offset += 8)
        {
            if (TailMark.TryRead(segment, offset, created, out TailMark mark))
            {
                (mark with { UnsyncedBound = bound }).Write(segment.AsSpan(offset), created);
            }
        }
    }

    private void End(bool isClosed)
    {
        if (isClosed)
        {
            _directory.Close();
        }
        else
        {
            _directory.Die();
        }
    }

    // Deletes the newest segment, and sees that everybody says so, and that nothing is changed.
    private void RequireMissed(long firstIndex)
    {
        File.Delete(_directory.FileOf(firstIndex));
        string[] left = [.. Directory.GetFiles(_directory.Path).Order()];
        using (FileSystemDirectory directory = FileSystemDirectory.OpenExisting(_directory.Path))
        {
            Assert.Equal(firstIndex, LogRecovery.ListSegments(directory).Max() + RecordsInSegment);
        }

        LogCorruptedException e = Assert.Throws<LogCorruptedException>(() => _directory.Log);
        Assert.Equal((SegmentFormat.NameOf(firstIndex), firstIndex, 1ul, 0ul), (e.Segment, e.Index, e.Expected, e.Actual));
        LogInspector inspector = LogInspector.Open(_directory.Path);
        Assert.Equal(e.Message, inspector.Verify().Damage?.Message);
        Assert.Throws<LogCorruptedException>(() => inspector.VisitBackward(0, long.MaxValue, static (_, _, _) => true));
        Assert.Throws<LogCorruptedException>(() => TornTail.Cut(inspector, static _ => { }));
        Assert.Equal(left, Directory.GetFiles(_directory.Path).Order());
    }
}
