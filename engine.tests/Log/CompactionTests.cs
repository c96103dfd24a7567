using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Tests.Storage;
using Xunit;

namespace RaftEngine.Tests.Log;

/// <summary>Giving up a prefix behind a snapshot, or the whole log for one: what is gone is gone for good, what is left is as it was, and files live twice.</summary>
public sealed class CompactionTests : IDisposable
{
    private readonly TemporaryLog _directory = new();

    private SegmentedLog Log => _directory.Log;

    private string[] Segments => [.. Directory.GetFiles(_directory.Path, "*.segment").Order(StringComparer.Ordinal)];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Compaction_removes_whole_segments_up_to_the_index_and_the_rest_stays_readable()
    {
        Fill();
        string contents = _directory.Contents();
        long last = Log.LastIndex;
        Log.CompactTo(500);
        long first = Log.FirstIndex;
        Assert.InRange(first, 2, 501);
        Assert.Equal(Segments[0], _directory.FileOf(first));
        Check();
        _directory.Close();
        Check();
        Log.CompactTo(first - 1);
        Assert.Equal(first, Log.FirstIndex);
        _directory.Append(10, term: 9);
        _directory.Die();
        Assert.Equal(first, Log.FirstIndex);
        Assert.Equal(last + 10, Log.LastIndex);

        void Check()
        {
            Assert.EndsWith(_directory.Contents(), contents, StringComparison.Ordinal);
            Assert.Equal(last, Log.LastIndex);
            Assert.Equal(first, Log.FirstIndex);
            Assert.Equal(contents.Split('\n')[first - 2].Split(' ')[^1], $"{Log.ChainAt(first - 1):x16}");
            Assert.Equal(contents.Split('\n')[first - 2].Split(' ')[1], $"{Log.TermAt(first - 1)}");
            Assert.Throws<InvalidOperationException>(() => Log.TermAt(first - 2));
            Assert.Throws<InvalidOperationException>(() => Log.ChainAt(first - 2));
            Assert.Throws<InvalidOperationException>(() => Log.Read(first - 1).Index);
            Assert.Throws<InvalidOperationException>(() => Log.RunFrom(first - 1, 100));
            LogVerification found = LogInspector.Open(_directory.Path).Verify();
            Assert.Null(found.Damage);
            Assert.Equal(first, found.FirstIndex);
            Assert.Equal(last, found.LastIndex);
            Assert.Equal(Log.ChainAt(last), found.Fingerprint);
            Assert.Equal(Segments.Length, LogInspector.Open(_directory.Path).ReadSegments().Length);
            Assert.Equal(last - first + 1, IndependentReader.ReadRecords(_directory.Path, _directory.Options.ClusterId, _directory.Options.GroupId).Count);
        }
    }

    [Fact]
    public void The_segment_that_is_written_is_never_compacted()
    {
        Fill();
        long last = Log.LastIndex;
        Log.CompactTo(last);
        Assert.Single(Segments);
        Assert.InRange(Log.FirstIndex, 2, last);
        Assert.Equal(last, Log.Read(last).Index);
        Assert.Throws<InvalidOperationException>(() => Log.CompactTo(last + 1));
        Log.TruncateFrom(Log.FirstIndex);
        Assert.Equal(Log.FirstIndex - 1, Log.LastIndex);
        Assert.Throws<InvalidOperationException>(() => Log.TruncateFrom(Log.FirstIndex - 1));
        ulong chain = Log.ChainAt(Log.LastIndex);
        _directory.Die();
        Assert.Equal(chain, Log.ChainAt(Log.LastIndex));
        Assert.Equal(Log.FirstIndex - 1, Log.LastIndex);
        _directory.Append(5, term: 9);
    }

    [Fact]
    public void When_the_process_dies_at_any_step_of_a_compaction_the_log_loses_nothing_but_its_prefix()
    {
        string contents = string.Empty;
        long compactedFirst = 0;
        int states = 0;
        bool isWatching = false;
        HashSet<long> firsts = [];
        _directory.OpenThrough(inner => new WatchedDirectory(inner, CheckCopy));
        Fill();
        contents = _directory.Contents();
        isWatching = true;
        Log.CompactTo(700);
        isWatching = false;
        compactedFirst = Log.FirstIndex;
        Assert.InRange(states, 8, 40);
        Assert.Equal([compactedFirst], firsts);

        void CheckCopy()
        {
            if (isWatching)
            {
                states++;
                using TemporaryLog copy = _directory.Copy();
                Assert.EndsWith(copy.Contents(), contents, StringComparison.Ordinal);
                firsts.Add(copy.Log.FirstIndex);
                Assert.Equal(copy.Log.ChainAt(copy.Log.LastIndex), LogInspector.Open(copy.Path).Verify().Fingerprint);
                copy.Append(3, term: 9);
            }
        }
    }

    [Fact]
    public void A_lost_first_segment_and_a_lost_or_damaged_beginning_are_refused_after_a_compaction_too()
    {
        Fill();
        Log.CompactTo(500);
        _directory.Close();
        string beginning = Path.Combine(_directory.Path, LogStartFile.Name);
        byte[] whole = File.ReadAllBytes(beginning);
        File.Delete(beginning);
        Assert.Throws<LogCorruptedException>(() => _directory.Log);
        File.WriteAllBytes(beginning, new byte[8192]);
        Assert.Equal(LogStartFile.Name, Assert.Throws<LogCorruptedException>(() => _directory.Log).Segment);
        File.WriteAllBytes(beginning, whole);
        byte[] first = File.ReadAllBytes(Segments[0]);
        string name = Segments[0];
        File.Delete(name);
        Assert.Throws<LogCorruptedException>(() => _directory.Log);
        File.WriteAllBytes(name, first);
        for (int offset = 0; offset < whole.Length; offset += offset % 4096 < 100 ? 1 : 333)
        {
            byte[] damaged = whole.AsSpan().ToArray();
            damaged[offset] ^= 4;
            File.WriteAllBytes(beginning, damaged);
            Assert.InRange(Log.FirstIndex, 2, 501);
            _directory.Die();
        }
    }

    [Fact]
    public void Compacted_files_become_new_segments_and_their_old_records_never_come_back()
    {
        for (int round = 0; round < 12; round++)
        {
            Fill();
            string contents = _directory.Contents();
            Log.CompactTo(Log.LastIndex - 50);
            Assert.EndsWith(_directory.Contents(), contents, StringComparison.Ordinal);
            Assert.InRange(Directory.GetFiles(_directory.Path, "*.prepared").Length, 1, 2);
            _directory.Append(200 + (round * 31), term: 9 + (10 * round), size: 50 + round, groupOf: 3);
            contents = _directory.Contents();
            using TemporaryLog copy = _directory.Copy(); // as if the process had been killed, in a segment full of old records
            Assert.Equal(contents, copy.Contents());
            copy.Die();
            Assert.Equal(0, copy.Log.TornTailBytes);
            Assert.Equal(contents, copy.Contents());
        }
    }

    [Fact]
    public void A_torn_write_in_a_recycled_file_is_cut_to_the_records_before_it()
    {
        Fill();
        Log.CompactTo(Log.LastIndex);
        while (Directory.GetFiles(_directory.Path, "*.prepared").Length != 0) // the last of them is a recycled one
        {
            _directory.Append(1, term: 9, size: 100);
        }

        long first = Log.LastIndex;
        _directory.Append(10, term: 9, size: 100);
        _directory.Sync();
        string durable = _directory.Contents();
        _directory.Append(5, term: 9, size: 100, groupOf: 5);
        string name = Path.GetFileName(_directory.FileOf(first));
        int start = SegmentFormat.HeaderBytes + (11 * 136);
        _directory.Die();
        byte[] whole = File.ReadAllBytes(_directory.FileOf(first));
        Assert.True(whole.AsSpan(start + 4096).ContainsAnyExcept((byte)0));
        for (int torn = start; torn < start + (5 * 136) + 48; torn += 100)
        {
            byte[] bytes = whole.AsSpan().ToArray();
            bytes.AsSpan(torn, 60).Fill(0x5A);
            File.WriteAllBytes(Path.Combine(_directory.Path, name), bytes);
            Assert.StartsWith(durable, _directory.Contents(), StringComparison.Ordinal);
            Assert.NotEqual(0, Log.TornTailBytes);
            _directory.Die();
            Assert.Equal(0, Log.TornTailBytes);
            _directory.Die();
        }
    }

    [Fact]
    public async Task Another_thread_reads_on_while_the_loop_compacts_and_recycles_behind_it()
    {
        _directory.Options = TemporaryLog.DefaultOptions with { Scheduler = TaskScheduler.Default };
        SegmentedLog log = Log;
        long published = 0;
        long passed = 0;
        Task reader = Task.Run(() =>
        {
            for (long next = 1; next <= 6000; next++)
            {
                while (Volatile.Read(ref published) < next)
                {
                    Thread.Yield();
                }

                Assert.True(log.Read(next).Payload.SequenceEqual(TemporaryLog.PayloadOf(next, 100)));
                Volatile.Write(ref passed, next);
            }
        });
        while (log.LastIndex < 6000)
        {
            _directory.Append(10, size: 100, groupOf: 10);
            Volatile.Write(ref published, log.LastIndex);
            long done = Volatile.Read(ref passed);
            if (done >= log.FirstIndex)
            {
                log.CompactTo(done);
            }
        }

        await reader;
        log.CompactTo(6000);
        Assert.True(log.FirstIndex > 5000);
        _directory.Close();
        Assert.Equal(6000, Log.LastIndex);
    }

    [Theory]
    [InlineData(5000, 12)]
    [InlineData(400, 9)]
    public void A_reset_log_is_empty_behind_the_snapshot_and_goes_on_from_there(long index, long term)
    {
        Fill();
        SyncTicket ticket = Log.PrepareSync();
        Log.Reset(index, term, 0x1234);
        Log.CompleteSync(ticket);
        Check();
        _directory.Die();
        Check();
        Assert.Equal(index + 1, Log.Append(EntryKind.Command, term, [1]));
        _directory.Sync();
        _directory.Append(1000, term, size: 100);
        string contents = _directory.Contents();
        _directory.Die();
        Assert.Equal(contents, _directory.Contents());
        Assert.Null(LogInspector.Open(_directory.Path).Verify().Damage);

        void Check()
        {
            Assert.Equal((index + 1, index, index), (Log.FirstIndex, Log.LastIndex, Log.DurableIndex));
            Assert.Equal(term, Log.TermAt(index));
            Assert.Equal(0x1234ul, Log.ChainAt(index));
            Assert.Throws<InvalidOperationException>(() => Log.ChainAt(index - 1));
            Assert.Single(Segments);
        }
    }

    [Fact]
    public void When_the_process_dies_at_any_step_of_a_reset_the_log_is_the_old_one_or_the_new_one()
    {
        // To an index at which the old log has a segment of the same name.
        string contents = string.Empty;
        int states = 0;
        int old = 0;
        bool isWatching = false;
        long second = 0;
        _directory.OpenThrough(inner => new WatchedDirectory(inner, CheckCopy));
        Fill();
        contents = _directory.Contents();
        Assert.True(SegmentFormat.TryParseName(Path.GetFileName(Segments[1]), out second));
        isWatching = true;
        Log.Reset(second - 1, 20, 0x77);
        isWatching = false;
        Assert.InRange(states, 8, 40);
        Assert.InRange(old, 2, states - 3);

        void CheckCopy()
        {
            if (isWatching)
            {
                states++;
                using TemporaryLog copy = _directory.Copy();
                string found = copy.Contents();
                old += found == contents ? 1 : 0;
                Assert.True(found == contents || (copy.Log.FirstIndex == second && copy.Log.LastIndex == second - 1 && copy.Log.ChainAt(second - 1) == 0x77));
                copy.Append(3, term: 30);
                found = copy.Contents();
                copy.Die();
                Assert.Equal(found, copy.Contents());
            }
        }
    }

    private void Fill()
    {
        long term = Log.TermAt(Log.LastIndex);
        for (int i = 1; i <= 8; i++)
        {
            _directory.Append(200, term + i, size: 90, groupOf: 9);
        }

        Assert.True(Segments.Length >= 3);
    }
}
