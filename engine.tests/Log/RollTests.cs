using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Log;
using RaftEngine.Tests.Storage;
using Xunit;

namespace RaftEngine.Tests.Log;

/// <summary>A roll leaves the loop before anything is synced; a crash anywhere in it costs nothing that was acknowledged, and invents nothing.</summary>
public sealed class RollTests : IDisposable
{
    private const int RecordBytes = 32 + 200;
    private const int RecordsInSegment = ((64 << 10) - SegmentFormat.HeaderBytes - TailMark.SizeInBytes) / RecordBytes;

    private readonly PausedScheduler _helper = new();
    private readonly TemporaryLog _directory = new();

    public RollTests() => _directory.Options = TemporaryLog.DefaultOptions with { Scheduler = _helper, MaxUnsyncedBytes = 1 << 20 };

    private SegmentedLog Log => _directory.Log;

    private string Prepared => Path.Combine(_directory.Path, "2" + SegmentFactory.PreparedExtension); // the first one became the first segment

    private string Second => _directory.FileOf(RecordsInSegment + 1);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_roll_itself_syncs_nothing_and_the_next_sync_finishes_it_before_anything_behind_it_is_durable()
    {
        RollWithoutHelper(extra: 5);
        long before = Log.SyncCount;
        Assert.Equal(0, Log.DurableIndex);
        Assert.True(File.Exists(Prepared));
        Assert.False(File.Exists(Second));
        SyncTicket ticket = Log.PrepareSync();
        Log.Sync(ticket);
        Assert.Equal(before + 4, Log.SyncCount);
        Assert.True(File.Exists(Second));
        Assert.False(File.Exists(Prepared));
        Log.CompleteSync(ticket);
        Assert.Equal(RecordsInSegment + 5, Log.DurableIndex);
        _helper.IsPaused = false;
        Assert.Equal(before + 4, Log.SyncCount);
    }

    [Fact]
    public void The_helper_finishes_a_roll_that_is_not_synced()
    {
        RollWithoutHelper(extra: 5);
        _helper.IsPaused = false;
        Assert.True(File.Exists(Second));
        Assert.Equal(0, Log.DurableIndex);
    }

    [Fact]
    public void A_second_roll_finishes_the_first()
    {
        RollWithoutHelper(extra: RecordsInSegment - 10);
        Assert.False(File.Exists(Second));
        _helper.IsPaused = false; // for the preparation of the third file; the roll's job runs too
        Assert.True(File.Exists(Second));
        _helper.IsPaused = true;
        _directory.Append(20, size: 200);
        Assert.Equal(3, Directory.GetFiles(_directory.Path, "*.segment").Length + Directory.GetFiles(_directory.Path, "*.prepared").Length);
        string contents = _directory.Contents();
        _directory.Die();
        Assert.Equal(contents, _directory.Contents());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(100)]
    public void When_the_process_dies_before_the_helper_ran_what_was_flushed_behind_the_roll_is_there(int extra)
    {
        RollWithoutHelper(extra);
        string contents = _directory.Contents();
        _directory.Die();
        Assert.Equal(contents, _directory.Contents());
        Assert.True(File.Exists(Second));
        Assert.Equal(Log.LastIndex, Log.DurableIndex);
        _directory.Append(3, term: 2, size: 200);
        contents = _directory.Contents();
        _directory.Die();
        Assert.Equal(contents, _directory.Contents());
    }

    [Fact]
    public void When_the_process_dies_between_any_two_steps_of_a_roll_nothing_flushed_is_lost()
    {
        int states = 0;
        bool isWatching = false;
        _directory.OpenThrough(inner => new WatchedDirectory(inner, CheckCopy));
        RollWithoutHelper(extra: 3);
        isWatching = true;
        _directory.Sync();
        isWatching = false;
        Assert.InRange(states, 5, 9);

        void CheckCopy()
        {
            if (isWatching)
            {
                states++;
                using TemporaryLog copy = _directory.Copy();
                Assert.Equal(_directory.Contents(), copy.Contents());
            }
        }
    }

    [Fact]
    public void When_power_fails_before_the_new_segment_is_on_disk_the_log_ends_with_the_full_one()
    {
        RollWithoutHelper(extra: 5);
        string contents = _directory.Contents();
        _directory.Die();
        _helper.IsPaused = false;
        byte[] whole = File.ReadAllBytes(Prepared);
        byte[] full = File.ReadAllBytes(_directory.FileOf(1));
        byte[] hardState = File.ReadAllBytes(Path.Combine(_directory.Path, HardStateFile.Name));
        List<(string What, Action<byte[]> Tear, int Kept)> states =
        [
            ("nothing of it", static bytes => bytes.AsSpan().Clear(), 0),
            ("no first sector", static bytes => bytes.AsSpan(0, 512).Clear(), 0),
            ("no chain seed", static bytes => bytes.AsSpan(3584, 512).Clear(), 0),
            ("only the header", static bytes => bytes.AsSpan(4096).Clear(), 0),
            ("no first record", static bytes => bytes.AsSpan(4096, 512).Clear(), 0),
            ("no third record", static bytes => bytes.AsSpan(4096 + (2 * RecordBytes), RecordBytes).Clear(), 2),
            ("no mark", static bytes => bytes.AsSpan(4096 + (5 * RecordBytes)).Clear(), 5),
        ];
        foreach ((string what, Action<byte[]> tear, int kept) in states)
        {
            foreach (string file in Directory.GetFiles(_directory.Path))
            {
                File.Delete(file);
            }

            byte[] torn = whole.AsSpan().ToArray();
            tear(torn);
            File.WriteAllBytes(Prepared, torn);
            File.WriteAllBytes(_directory.FileOf(1), full);
            File.WriteAllBytes(Path.Combine(_directory.Path, HardStateFile.Name), hardState);
            Assert.True(Log.LastIndex == RecordsInSegment + kept, what);
            Assert.StartsWith(_directory.Contents(), contents, StringComparison.Ordinal);
            Assert.False(File.Exists(Prepared));
            _directory.Append(2, term: 3, size: 200);
            _directory.Die();
            Assert.Equal(RecordsInSegment + kept + 2, Log.LastIndex);
            _directory.Die();
        }
    }

    [Fact]
    public void When_power_fails_and_the_full_segment_is_torn_the_new_one_is_not_taken_for_its_continuation()
    {
        RollWithoutHelper(extra: 5);
        string contents = _directory.Contents();
        _directory.Die();
        _helper.IsPaused = false;
        _directory.Edit(SegmentFormat.NameOf(1), static bytes => bytes[4096 + ((RecordsInSegment - 2) * RecordBytes) + 40] ^= 1);
        Assert.Equal(RecordsInSegment - 2, Log.LastIndex);
        Assert.False(File.Exists(Second));
        Assert.StartsWith(_directory.Contents(), contents, StringComparison.Ordinal);
        _directory.Append(10, term: 2, size: 200);
        _directory.Die();
        Assert.Equal(RecordsInSegment + 8, Log.LastIndex);
        Assert.Equal(2, Log.TermAt(RecordsInSegment + 1));
    }

    [Fact]
    public void A_truncation_behind_an_unfinished_roll_leaves_no_file_that_could_continue_the_log_again()
    {
        RollWithoutHelper(extra: 5);
        Log.TruncateFrom(RecordsInSegment + 1);
        string contents = _directory.Contents();
        _directory.Die();
        Assert.Equal(contents, _directory.Contents());
        Assert.Equal(RecordsInSegment, Log.LastIndex);
        Assert.False(File.Exists(Second));
    }

    [Fact]
    public async Task A_stalled_sync_of_the_full_segment_does_not_hold_up_the_loop()
    {
        using ManualResetEventSlim stalled = new();
        using ManualResetEventSlim goOn = new();
        int loop = Environment.CurrentManagedThreadId;
        _directory.OpenThrough(inner => new WatchedDirectory(inner, () =>
        {
            if (Environment.CurrentManagedThreadId != loop)
            {
                stalled.Set();
                goOn.Wait();
            }
        }));
        RollWithoutHelper(extra: 1);
        Task helper = Task.Factory.StartNew(() => _helper.IsPaused = false, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        stalled.Wait();
        _directory.Append(20, size: 200);
        Assert.Equal(RecordsInSegment + 21, Log.LastIndex);
        Assert.Equal(200, Log.Read(Log.LastIndex).Payload.Length);
        Assert.Equal(0, Log.DurableIndex);
        Assert.False(File.Exists(Second));
        goOn.Set();
        await helper;
        _directory.Sync();
        Assert.Equal(Log.LastIndex, Log.DurableIndex);
        Assert.True(File.Exists(Second));
    }

    [Fact]
    public void An_empty_segment_that_is_too_small_for_a_record_is_replaced()
    {
        _directory.Options = TemporaryLog.DefaultOptions with { SegmentSizeBytes = 16 << 10, MaxPayloadBytes = 100 };
        _directory.Append(1);
        Log.TruncateFrom(1);
        _directory.Close();
        _directory.Options = TemporaryLog.DefaultOptions with { SegmentSizeBytes = 64 << 10, MaxPayloadBytes = 40 << 10 };
        _directory.Append(3, size: 40 << 10);
        string contents = _directory.Contents();
        _directory.Die();
        Assert.Equal(contents, _directory.Contents());
        Assert.Equal(3, Log.LastIndex);
    }

    private void RollWithoutHelper(int extra)
    {
        _helper.IsPaused = false;
        _directory.Append(RecordsInSegment - 10, size: 200); // the next file is prepared on the way
        _helper.IsPaused = true;
        _directory.Append(10 + extra, size: 200);
        Assert.Equal(RecordsInSegment + extra, Log.LastIndex);
    }
}
