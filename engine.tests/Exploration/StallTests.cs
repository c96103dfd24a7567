using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Simulate.Disk;
using RaftEngine.Storage;
using RaftEngine.Tests.Log;
using RaftEngine.Tests.Storage;
using Xunit;

namespace RaftEngine.Tests.Exploration;

/// <summary>
/// While a sync does not return, only acknowledgments wait. What else may have to wait is said where it does: a second roll, a truncation, a reset, and
/// an append beyond the bound of what may be unsynced. RAFTENGINE_STALL_SECONDS=n has the real disk stall for so long.
/// </summary>
public sealed class StallTests
{
    private static readonly TimeSpan RealStall =
        TimeSpan.FromSeconds(Environment.GetEnvironmentVariable("RAFTENGINE_STALL_SECONDS") is { } seconds ? int.Parse(seconds, CultureInfo.InvariantCulture) : 1);

    [Fact]
    public async Task A_sync_that_never_returns_holds_up_neither_appends_nor_writes_nor_reads_nor_a_roll_nor_a_compaction()
    {
        PausedScheduler helpers = new();
        using ScriptedLog log = new(new FakeDisk(LogScripts.SmallSegments.SegmentSizeBytes), LogScripts.SmallSegments with { Scheduler = helpers });
        log.Open();
        log.Groups(10, 1, 2500);
        log.Sync();
        helpers.IsPaused = true; // from here on a helper would wait for the disk as well
        log.Groups(1, 1, 500);
        long durable = log.Log.DurableIndex;
        Assert.Equal(10, durable);

        using ManualResetEventSlim stall = new();
        log.Disk.Stall = stall;
        SyncTicket ticket = log.Log.PrepareSync();
        Task sync = Task.Run(() => log.Log.Sync(ticket));
        Assert.True(log.Disk.Stalled.Wait(TimeSpan.FromMinutes(1)));

        // On a thread of its own, so that a wait that must not be is a failure and not a test that hangs.
        Task work = Task.Run(() => Work(log));
        bool isDone = await Task.WhenAny(work, Task.Delay(TimeSpan.FromSeconds(20))) == work;
        bool isStalled = !sync.IsCompleted;
        stall.Set();
        await work;
        Assert.True(isDone, "something waits for the disk that must not");
        Assert.True(isStalled);
        Assert.Equal(durable, log.Log.DurableIndex);
        await sync;
        log.Log.CompleteSync(ticket);
        Assert.Equal(durable + 1, log.Log.DurableIndex);
        helpers.IsPaused = false;
        log.Sync();
        Assert.Equal(log.Log.LastIndex, log.Log.DurableIndex);
        log.Die();
        log.Open();
    }

    [Fact]
    public async Task A_write_beyond_what_may_be_unsynced_waits_for_the_disk()
    {
        using ScriptedLog log = new(new FakeDisk(64 << 10), LogScripts.SmallSegments with { SegmentSizeBytes = 64 << 10, MaxUnsyncedBytes = 12 << 10 });
        log.Open();
        log.AppendDurably(1, 100);
        log.Groups(4, 1, 3000); // as much as may be
        using ManualResetEventSlim stall = new();
        log.Disk.Stall = stall;
        Task sync = Task.Run(() => log.Log.Sync(log.Log.PrepareSync()));
        Assert.True(log.Disk.Stalled.Wait(TimeSpan.FromMinutes(1)));
        log.Append(1, 3000);
        Task flush = Task.Run(log.Flush);
        Assert.False(sync.IsCompleted);
        stall.Set();
        await sync;
        await flush;
        Assert.True(log.Log.DurableIndex >= 5);
    }

    [Fact]
    public async Task A_real_file_that_takes_seconds_to_sync_holds_up_acknowledgments_only()
    {
        using TemporaryLog directory = new() { Options = TemporaryLog.DefaultOptions with { MaxUnsyncedBytes = 256 << 10, SegmentSizeBytes = 256 << 10 } };
        SlowDirectory? slow = null;
        using DataDirectory data = directory.OpenThrough(inner => slow = new SlowDirectory(inner));
        directory.Append(10, size: 1000);
        slow!.Stall = RealStall;
        SyncTicket ticket = directory.Log.PrepareSync();
        long began = Stopwatch.GetTimestamp();
        Task sync = Task.Run(() => directory.Log.Sync(ticket));
        Assert.True(slow.Stalled.Wait(TimeSpan.FromMinutes(1)));
        for (int i = 0; i < 40; i++)
        {
            directory.Append(1, size: 1000);
            Assert.Equal(TemporaryLog.PayloadOf(directory.Log.LastIndex, 1000), directory.Log.Read(directory.Log.LastIndex).Payload.ToArray());
        }

        Assert.False(sync.IsCompleted);
        Assert.Equal(0, directory.Log.DurableIndex);
        slow.Worked.Set();
        await sync;
        Assert.True(Stopwatch.GetElapsedTime(began) >= RealStall);
        directory.Log.CompleteSync(ticket);
        Assert.Equal(10, directory.Log.DurableIndex);
    }

    private static void Work(ScriptedLog log)
    {
        log.Append(2, 300);
        log.Flush();
        log.Idle();
        long before = log.Log.LastIndex;
        log.Groups(4, 1, 2500); // rolls
        for (long index = 1; index <= log.Log.LastIndex; index++)
        {
            Assert.True(log.Log.Read(index).Payload.SequenceEqual(log.Model[index].Payload));
        }

        Assert.True(log.Log.RunFrom(before, 100_000).LastIndex < log.Log.LastIndex, "it has not rolled");
        log.Compact(4);
        Assert.True(log.Log.FirstIndex > 1);
        log.Log.CompleteSync(default);
    }

    /// <summary>A directory whose files' next sync takes its time, and until the test has done its work.</summary>
    private sealed class SlowDirectory(IStorageDirectory inner) : IStorageDirectory
    {
        public TimeSpan Stall { get; set; }

        public ManualResetEventSlim Stalled { get; } = new();

        public ManualResetEventSlim Worked { get; } = new();

        public string Path => inner.Path;

        public string[] List() => inner.List();

        public IStorageFile Create(string name) => new SlowFile(this, inner.Create(name));

        public IStorageFile Open(string name) => new SlowFile(this, inner.Open(name));

        public IStorageFile? OpenForReading(string name) => inner.OpenForReading(name);

        public void Rename(string from, string to) => inner.Rename(from, to);

        public void Delete(string name) => inner.Delete(name);

        public void DeleteGently(string name) => inner.DeleteGently(name);

        public void Sync() => inner.Sync();

        public IDisposable? TryLock(string name) => inner.TryLock(name);

        public void Dispose()
        {
            inner.Dispose();
            Stalled.Dispose();
            Worked.Dispose();
        }

        private sealed class SlowFile(SlowDirectory directory, IStorageFile inner) : IStorageFile
        {
            public long Length => inner.Length;

            public void Write(ReadOnlySpan<byte> bytes, long offset) => inner.Write(bytes, offset);

            public int Read(Span<byte> buffer, long offset) => inner.Read(buffer, offset);

            public void Sync()
            {
                TimeSpan stall = directory.Stall;
                if (stall > TimeSpan.Zero)
                {
                    directory.Stall = TimeSpan.Zero;
                    directory.Stalled.Set();
                    Thread.Sleep(stall);
                    directory.Worked.Wait();
                }

                inner.Sync();
            }

            public IStorageMapping Map(long length) => inner.Map(length);

            public void Dispose() => inner.Dispose();
        }
    }
}
