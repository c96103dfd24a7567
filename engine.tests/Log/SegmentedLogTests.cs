using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Tests.Support;
using Xunit;

namespace RaftEngine.Tests.Log;

public sealed class SegmentedLogTests : IDisposable
{
    private readonly TemporaryLog _directory = new();

    private SegmentedLog Log => _directory.Log;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_new_log_is_empty_and_starts_from_the_seed_of_its_cluster_and_group()
    {
        Assert.Equal(1, Log.FirstIndex);
        Assert.Equal(0, Log.LastIndex);
        Assert.Equal(0, Log.DurableIndex);
        Assert.Equal(0, Log.TermAt(0));
        Assert.Equal(0, Log.TornTailBytes);
        Assert.Equal(SegmentFormat.FirstChainSeed(_directory.Options.ClusterId, 7), Log.ChainAt(0));
        Assert.NotEqual(SegmentFormat.FirstChainSeed(_directory.Options.ClusterId, 8), Log.ChainAt(0));
        Assert.Throws<InvalidOperationException>(() => Log.TermAt(1));
        Assert.Throws<InvalidOperationException>(() => Log.ChainAt(1));
        Assert.Throws<InvalidOperationException>(() => Log.Read(1).Index);
        Assert.Throws<InvalidOperationException>(() => Log.RunFrom(1, 100));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(16384)]
    public void An_entry_reads_back_as_it_was_appended(int size)
    {
        byte[] payload = TemporaryLog.PayloadOf(5, size);
        Assert.Equal(1, Log.Append(EntryKind.NoOp, 3, []));
        Assert.Equal(2, Log.Append(EntryKind.Command, 3, payload));
        Log.Flush();
        LogRecord record = Log.Read(2);
        Assert.Equal(2, record.Index);
        Assert.Equal(3, record.Term);
        Assert.Equal(EntryKind.Command, record.Kind);
        Assert.Equal(payload, record.Payload.ToArray());
        Assert.Equal(record.Chain, Log.ChainAt(2));
        Assert.Equal(EntryKind.NoOp, Log.Read(1).Kind);
    }

    [Fact]
    public void What_is_not_flushed_is_known_by_term_and_chain_and_cannot_be_read()
    {
        _directory.Append(3);
        Log.Append(EntryKind.Command, 2, [1]);
        Log.Append(EntryKind.Command, 2, [2]);
        Assert.Equal(5, Log.LastIndex);
        Assert.Equal(2, Log.TermAt(5));
        ulong[] before = [Log.ChainAt(3), Log.ChainAt(4), Log.ChainAt(5)];
        LogRun run = Log.RunFrom(4, 1000);
        Assert.Equal(new LogRun(5, 2, 80), run);
        Assert.Throws<InvalidOperationException>(() => Log.RunBytes(4, 5).Length);
        Log.Flush();
        Assert.Equal(before, new[] { Log.ChainAt(3), Log.ChainAt(4), Log.ChainAt(5) });
        Assert.Equal(80, Log.RunBytes(4, 5).Length);
    }

    [Fact]
    public void The_log_rolls_into_new_segments_and_reopens_as_it_was()
    {
        _directory.Append(2000, size: 100, groupOf: 7);
        Assert.True(Directory.GetFiles(_directory.Path, "*.segment").Length >= 4);
        string contents = _directory.Contents();
        ulong fingerprint = Log.ChainAt(2000);
        _directory.Close();
        Assert.DoesNotContain(Directory.GetFiles(_directory.Path), SegmentFactory.IsPrepared);
        Assert.Equal(2000, Log.LastIndex);
        Assert.Equal(2000, Log.DurableIndex);
        Assert.Equal(0, Log.TornTailBytes);
        Assert.Equal(fingerprint, Log.ChainAt(2000));
        Assert.Equal(contents, _directory.Contents());
    }

    [Fact]
    public void After_the_process_died_what_was_flushed_is_there_and_what_was_not_is_not()
    {
        _directory.Append(1500, size: 100, groupOf: 10);
        string contents = _directory.Contents();
        Log.Append(EntryKind.Command, 1, [1, 2, 3]);
        Assert.Equal(1501, Log.LastIndex);
        _directory.Die();
        Assert.Equal(contents, _directory.Contents());
        Assert.Equal(1500, Log.DurableIndex);
        _directory.Append(10);
        _directory.Close();
        Assert.StartsWith(contents, _directory.Contents(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_has_one_term_lies_in_one_segment_and_keeps_to_its_size_but_for_its_first_record()
    {
        _directory.Append(10, term: 1, size: 100);
        _directory.Append(1500, term: 2, size: 100);
        Assert.Equal(new LogRun(3, 1, 3 * 136), Log.RunFrom(1, 4 * 136 - 1));
        Assert.Equal(new LogRun(4, 1, 4 * 136), Log.RunFrom(1, 4 * 136));
        Assert.Equal(new LogRun(1, 1, 136), Log.RunFrom(1, 1));
        Assert.Equal(new LogRun(10, 1, 8 * 136), Log.RunFrom(3, int.MaxValue));
        List<long> ends = [];
        for (long index = 11; index <= Log.LastIndex; index = ends[^1] + 1)
        {
            LogRun run = Log.RunFrom(index, int.MaxValue);
            Assert.Equal(2, run.Term);
            Assert.Equal(run.SizeInBytes, Log.RunBytes(index, run.LastIndex).Length);
            ends.Add(run.LastIndex);
        }

        Assert.Equal(Directory.GetFiles(_directory.Path, "*.segment").Length, ends.Count);
        Assert.Throws<InvalidOperationException>(() => Log.RunBytes(ends[0], ends[0] + 1).Length);
    }

    [Fact]
    public void Runs_of_one_log_make_the_same_log_elsewhere_whatever_the_segments_there()
    {
        using TemporaryLog other = new() { Options = TemporaryLog.DefaultOptions with { SegmentSizeBytes = 48 << 10, NodeId = 2 } };
        _directory.Append(300, term: 1, size: 100);
        _directory.Append(900, term: 4, size: 333);
        for (long index = 1; index <= Log.LastIndex;)
        {
            LogRun run = Log.RunFrom(index, 60 << 10);
            ReadOnlySpan<byte> bytes = Log.RunBytes(index, run.LastIndex);
            Assert.True(RunVerifier.Verify(bytes, index, run.LastIndex, run.Term, other.Log.ChainAt(index - 1), 16 << 10));
            other.Log.AppendRun(index, run.LastIndex, run.Term, bytes);
            index = run.LastIndex + 1;
        }

        other.Log.Flush();
        Assert.Equal(_directory.Contents(), other.Contents());
        other.Close();
        Assert.Equal(_directory.Contents(), other.Contents());
    }

    [Fact]
    public void A_run_that_does_not_continue_the_log_is_a_broken_invariant()
    {
        _directory.Append(5);
        byte[] run = Log.RunBytes(3, 5).ToArray();
        Assert.Throws<InvalidOperationException>(() => Log.AppendRun(3, 5, 1, run));
        Assert.Throws<InvalidOperationException>(() => Log.AppendRun(6, 8, 1, run));
        Log.TruncateFrom(3);
        Assert.Throws<InvalidOperationException>(() => Log.AppendRun(3, 2, 1, []));
        Assert.Throws<InvalidOperationException>(() => Log.AppendRun(3, 5, 2, run));
        Assert.Throws<InvalidOperationException>(() => Log.AppendRun(3, 3, 1, []));
        Log.TruncateFrom(2);
        Log.Append(EntryKind.Command, 1, [9]);
        Assert.Throws<InvalidOperationException>(() => Log.AppendRun(3, 5, 1, run));
        Assert.Equal(2, Log.LastIndex);
    }

    [Fact]
    public void An_entry_that_cannot_follow_is_refused()
    {
        _directory.Append(1, term: 5);
        Assert.Throws<InvalidOperationException>(() => Log.Append(EntryKind.Command, 4, []));
        Assert.Throws<InvalidOperationException>(() => Log.Append(EntryKind.None, 5, []));
        Assert.Throws<InvalidOperationException>(() => Log.Append(EntryKind.Command, 5, new byte[_directory.Options.MaxPayloadBytes + 1]));
        Assert.Equal(1, Log.LastIndex);
    }

    [Fact]
    public void Only_a_completed_sync_makes_durable_what_was_flushed_when_it_was_prepared()
    {
        long before = Log.SyncCount;
        _directory.Append(3);
        SyncTicket ticket = Log.PrepareSync();
        _directory.Append(2);
        Assert.Equal(0, Log.DurableIndex);
        Log.Sync(ticket);
        Assert.Equal(0, Log.DurableIndex);
        Log.CompleteSync(ticket);
        Assert.Equal(3, Log.DurableIndex);
        Log.CompleteSync(new SyncTicket(ticket.Epoch, 1));
        Assert.Equal(3, Log.DurableIndex);
        Assert.Equal(before + 1, Log.SyncCount);
    }

    [Fact]
    public void A_sync_from_before_a_truncation_does_not_vouch_for_what_came_after_it()
    {
        _directory.Append(5);
        SyncTicket ticket = Log.PrepareSync();
        Log.TruncateFrom(3);
        _directory.Append(3, term: 2);
        Log.Sync(ticket);
        Log.CompleteSync(ticket);
        Assert.Equal(2, Log.DurableIndex);
        _directory.Sync();
        Assert.Equal(5, Log.DurableIndex);
    }

    [Fact]
    public void Unsynced_bytes_are_bounded_by_a_sync_before_the_write_that_would_exceed_them()
    {
        long before = Log.SyncCount;
        _directory.Append(300, size: 68); // 104 bytes each, less than the bound of 32 KiB
        Assert.Equal(before, Log.SyncCount);
        _directory.Append(100, size: 68);
        Assert.Equal(before + 1, Log.SyncCount);
        Assert.InRange(Log.DurableIndex, 300, 320);
    }

    [Fact]
    public void Without_a_bound_only_rolling_syncs()
    {
        _directory.Options = TemporaryLog.DefaultOptions with { MaxUnsyncedBytes = 0 };
        long before = Log.SyncCount;
        _directory.Append(500, size: 68);
        Assert.Equal(before, Log.SyncCount);
        _directory.Append(200, size: 68);
        Assert.True(Log.SyncCount > before);
    }

    [Fact]
    public void Appending_and_flushing_allocate_nothing()
    {
        byte[] payload = new byte[100];
        _directory.Options = TemporaryLog.DefaultOptions with { SegmentSizeBytes = 2 << 20, MaxUnsyncedBytes = 0 };
        AppendAndSync(payload, 100);
        long before = ThreadAllocations.Begin();
        AppendAndSync(payload, 2000);
        Assert.Equal(0, ThreadAllocations.Since(before));
    }

    [Fact]
    public void A_prepared_file_left_over_is_not_believed()
    {
        _directory.Append(5);
        string contents = _directory.Contents();
        _directory.Die();
        string leftOver = Path.Combine(_directory.Path, "1" + SegmentFactory.PreparedExtension);
        File.Copy(_directory.FileOf(1), leftOver);
        Assert.Equal(contents, _directory.Contents());
        Assert.False(File.Exists(leftOver));
        _directory.Append(1500, size: 100);
        _directory.Close();
        Assert.Equal(1505, Log.LastIndex);
    }

    [Fact]
    public void Disposing_twice_is_harmless_and_a_closed_log_says_so()
    {
        SegmentedLog log = Log;
        _directory.Close();
        log.Dispose();
        log.Abandon();
        Assert.Throws<ObjectDisposedException>(() => log.Append(EntryKind.Command, 1, []));
        Assert.Throws<ObjectDisposedException>(log.Flush);
        Assert.Throws<ObjectDisposedException>(() => log.Sync(default));
    }

    [Fact]
    public async Task Another_thread_reads_what_has_been_published_while_the_loop_appends_and_rolls()
    {
        _directory.Options = TemporaryLog.DefaultOptions with { Scheduler = TaskScheduler.Default };
        SegmentedLog log = Log;
        long published = 0;
        Task<long> reader = Task.Factory.StartNew(
            () =>
            {
                ulong chain = log.ChainAt(0);
                long next = 1;
                while (next <= 3000)
                {
                    for (long last = Volatile.Read(ref published); next <= last; next++)
                    {
                        LogRecord record = log.Read(next);
                        Assert.Equal(next, record.Index);
                        Assert.True(record.Payload.SequenceEqual(TemporaryLog.PayloadOf(next, 100)));
                        Assert.True(RunVerifier.Continues(log.RunBytes(next, next), chain));
                        chain = log.ChainAt(next);
                    }
                }

                return next;
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        while (log.LastIndex < 3000)
        {
            _directory.Append(10, size: 100, groupOf: 10);
            Volatile.Write(ref published, log.LastIndex);
        }

        Assert.Equal(3001, await reader);
        Assert.True(Directory.GetFiles(_directory.Path, "*.segment").Length >= 5);
    }

    private void AppendAndSync(byte[] payload, int count)
    {
        for (int i = 0; i < count; i++)
        {
            Log.Append(EntryKind.Command, 1, payload);
            if (i % 10 == 9)
            {
                Log.Flush();
                if (i % 100 == 99)
                {
                    SyncTicket ticket = Log.PrepareSync();
                    Log.Sync(ticket);
                    Log.CompleteSync(ticket);
                    Log.WriteIdleMark();
                }
            }
        }
    }
}
