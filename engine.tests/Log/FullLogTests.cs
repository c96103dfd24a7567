using System;
using System.IO;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Storage;
using RaftEngine.Tests.Storage;
using Xunit;

namespace RaftEngine.Tests.Log;

/// <summary>Where there is no room, nothing is written and nothing breaks: reading goes on, and appending once there is room.</summary>
public sealed class FullLogTests : IDisposable
{
    private readonly TemporaryLog _directory = new();

    private SegmentedLog Log => _directory.Log;

    private long FilesBytes
    {
        get
        {
            long size = 0;
            foreach (string file in Directory.GetFiles(_directory.Path))
            {
                size += file.EndsWith(".segment", StringComparison.Ordinal) || SegmentFactory.IsPrepared(file) ? new FileInfo(file).Length : 0;
            }

            return size;
        }
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_log_keeps_to_its_bound_and_goes_on_after_a_compaction()
    {
        _directory.Options = TemporaryLog.DefaultOptions with { MaxLogBytes = 200 << 10 };
        for (int round = 0; round < 5; round++)
        {
            Assert.Throws<LogFullException>(() => _directory.Append(3000, size: 200, groupOf: 5));
            Assert.InRange(FilesBytes, 150 << 10, 200 << 10);
            long last = Log.LastIndex;
            Assert.Throws<LogFullException>(() => Log.Append(EntryKind.Command, 1, new byte[16 << 10]));
            Assert.Equal(last, Log.LastIndex);
            _directory.Sync();
            Assert.Equal(last, Log.DurableIndex);
            Assert.Equal(TemporaryLog.PayloadOf(last, 200), Log.Read(last).Payload.ToArray());
            Log.CompactTo(last);
        }
    }

    [Fact]
    public void A_run_that_the_bound_has_no_room_for_is_not_begun()
    {
        using TemporaryLog other = new() { Options = TemporaryLog.DefaultOptions with { SegmentSizeBytes = 256 << 10 } };
        other.Append(900, size: 200);
        _directory.Options = TemporaryLog.DefaultOptions with { MaxLogBytes = 128 << 10 };
        byte[] run = other.Log.RunBytes(1, 900).ToArray();
        Assert.Throws<LogFullException>(() => Log.AppendRun(1, 900, 1, run));
        Assert.Equal(0, Log.LastIndex);
        Log.AppendRun(1, 400, 1, run.AsSpan(0, 400 * 232));
        Assert.Equal(400, Log.LastIndex);
    }

    [Fact]
    public void A_full_disk_costs_nothing_until_a_segment_is_needed_and_passes_when_there_is_room()
    {
        FailingDirectory disk = null!;
        _directory.Options = TemporaryLog.DefaultOptions with { FullDiskRetryDelay = TimeSpan.Zero };
        _directory.OpenThrough(inner => disk = new FailingDirectory(inner));
        _directory.Append(50, size: 200);
        disk.IsFull = true;
        Assert.Throws<LogFullException>(() => _directory.Append(1000, size: 200));
        long last = Log.LastIndex;
        Assert.InRange(last, 200, 264);
        Assert.Empty(Directory.GetFiles(_directory.Path, "*.prepared"));
        Assert.IsType<StorageFailedException>(Assert.Throws<LogFullException>(() => _directory.Append(1, size: 200)).InnerException);
        _directory.Sync();
        Assert.Equal(last, Log.DurableIndex);
        Assert.Equal(TemporaryLog.PayloadOf(last, 200), Log.Read(last).Payload.ToArray());
        disk.IsFull = false;
        _directory.Append(1000, size: 200);
        string contents = _directory.Contents();
        _directory.Die();
        Assert.Equal(contents, _directory.Contents());
        Assert.Equal(last + 1000, Log.LastIndex);
    }

    [Fact]
    public void A_full_disk_is_looked_at_again_only_after_a_while_and_only_once_for_each_need()
    {
        FailingDirectory disk = null!;
        _directory.Options = TemporaryLog.DefaultOptions with { FullDiskRetryDelay = TimeSpan.FromHours(1) };
        _directory.OpenThrough(inner => disk = new FailingDirectory(inner));
        disk.IsFull = true;
        Assert.Throws<LogFullException>(() => _directory.Append(1000, size: 200));
        disk.IsFull = false;
        int calls = disk.Calls;
        Assert.Throws<LogFullException>(() => Log.Append(EntryKind.Command, 1, new byte[10_000]));
        Assert.Equal(calls, disk.Calls);
    }

    [Fact]
    public void Room_behind_a_record_of_an_earlier_segment_needs_a_file_because_this_one_is_given_up()
    {
        FailingDirectory disk = null!;
        _directory.Options = TemporaryLog.DefaultOptions with { FullDiskRetryDelay = TimeSpan.Zero };
        _directory.OpenThrough(inner => disk = new FailingDirectory(inner));
        _directory.Append(100, size: 200); // the next file is prepared
        disk.IsFull = true;
        _directory.Append(200, size: 200); // and taken

        Assert.True(Log.TryMakeRoom(20_000, Log.LastIndex, out _));
        Assert.True(Log.TryMakeRoom(20_000, Log.LastIndex - 1, out _));
        Assert.False(Log.TryMakeRoom(20_000, 200, out LogFullException? full));
        Assert.NotNull(full);
        disk.IsFull = false;
        Assert.True(Log.TryMakeRoom(20_000, 200, out _));
        disk.IsFull = true;
        Log.TruncateFrom(201);
        _directory.Append(200, size: 200);
        Assert.Equal(400, Log.LastIndex);
    }

    [Fact]
    public void A_disk_too_full_for_a_table_of_offsets_is_no_failure()
    {
        FailingDirectory disk = null!;
        _directory.OpenThrough(inner => disk = new FailingDirectory(inner));
        _directory.Append(100, size: 200); // the next file is prepared
        disk.IsFull = true;
        _directory.Append(200, size: 200);
        _directory.Sync();
        Assert.Equal(300, Log.DurableIndex);
        disk.IsFull = false;
        string contents = _directory.Contents();
        _directory.Close();
        Assert.Equal(contents, _directory.Contents());
        Assert.Single(Directory.GetFiles(_directory.Path, "*" + OffsetTable.Extension));
    }
}
