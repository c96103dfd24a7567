using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Log;
using Xunit;

namespace RaftEngine.Tests.Log;

/// <summary>A table of offsets saves reading sealed segments when the log is opened; without it, or with a wrong one, the log is the same.</summary>
public sealed class OffsetTableTests : IDisposable
{
    private readonly TemporaryLog _directory = new() { Options = TemporaryLog.DefaultOptions with { VerifyFromIndex = long.MaxValue } };

    private SegmentedLog Log => _directory.Log;

    private string Table => Path.Combine(_directory.Path, OffsetTable.NameOf(1));

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Opening_reads_no_records_of_a_sealed_segment_and_still_knows_every_term_and_place()
    {
        string contents = Fill();
        long[] terms = new long[Log.LastIndex + 1];
        for (long index = 0; index <= Log.LastIndex; index++)
        {
            terms[index] = Log.TermAt(index);
        }

        _directory.Close();
        _directory.Edit(SegmentFormat.NameOf(1), static bytes => bytes[SegmentFormat.HeaderBytes + 3000] ^= 1);
        for (long index = 0; index <= Log.LastIndex; index++)
        {
            Assert.Equal(terms[index], Log.TermAt(index));
        }

        Assert.Equal(terms.Length - 1, Log.LastIndex);
        Assert.NotNull(LogInspector.Open(_directory.Path).Verify().Damage);
        _directory.Close();
        _directory.Edit(SegmentFormat.NameOf(1), static bytes => bytes[SegmentFormat.HeaderBytes + 3000] ^= 1);
        Assert.Equal(contents, _directory.Contents());
    }

    [Fact]
    public void What_will_be_applied_is_read_and_what_lies_before_it_is_trusted()
    {
        Fill();
        long[] firstIndexes = LogRecovery.ListSegments(Log.Directory);
        _directory.Close();
        _directory.Edit(SegmentFormat.NameOf(firstIndexes[1]), static bytes => bytes[SegmentFormat.HeaderBytes + 3000] ^= 1);
        foreach (long verifyFrom in (long[])[1, 2, firstIndexes[1], firstIndexes[2] - 1])
        {
            _directory.Options = _directory.Options with { VerifyFromIndex = verifyFrom };
            LogCorruptedException e = Assert.Throws<LogCorruptedException>(() => Log);
            Assert.Equal(SegmentFormat.NameOf(firstIndexes[1]), e.Segment);
        }

        _directory.Options = _directory.Options with { VerifyFromIndex = firstIndexes[2] };
        Assert.Equal(1, Log.FirstIndex);
    }

    [Fact]
    public void A_log_reads_the_same_from_its_tables_as_from_memory()
    {
        string contents = Fill();
        Log.ReleaseReads(100);
        Assert.Equal(contents, _directory.Contents());
        Log.ReleaseReads(Log.LastIndex);
        Assert.Equal(contents, _directory.Contents());
        _directory.Die();
        Assert.Equal(contents, _directory.Contents());
        Log.ReleaseReads(Log.LastIndex);
        Assert.Equal(contents, _directory.Contents());
    }

    [Fact]
    public void A_missing_table_is_made_anew()
    {
        string contents = Fill();
        _directory.Close();
        byte[] whole = File.ReadAllBytes(Table);
        File.Delete(Table);
        Assert.Equal(contents, _directory.Contents());
        Assert.Equal(whole, File.ReadAllBytes(Table));
    }

    [Fact]
    public void A_table_with_any_byte_damaged_or_missing_is_made_anew()
    {
        string contents = Fill();
        _directory.Close();
        byte[] whole = File.ReadAllBytes(Table);
        for (int offset = 0; offset < whole.Length; offset += offset is < 130 || offset > whole.Length - 30 ? 1 : 97)
        {
            byte[] damaged = whole.AsSpan().ToArray();
            damaged[offset] ^= (byte)(1 << (offset % 8));
            File.WriteAllBytes(Table, offset % 2 == 0 ? damaged : whole[..offset]);
            Assert.Equal(contents, _directory.Contents());
            _directory.Die();
            Assert.Equal(whole, File.ReadAllBytes(Table));
        }
    }

    [Fact]
    public void A_table_of_what_a_truncation_has_removed_is_not_believed()
    {
        Fill();
        byte[] before = File.ReadAllBytes(Table);
        Log.TruncateFrom(20);
        Assert.False(File.Exists(Table));
        _directory.Append(800, term: 9, size: 90);
        string contents = _directory.Contents();
        _directory.Die();
        Assert.NotEqual(before, File.ReadAllBytes(Table));
        File.WriteAllBytes(Table, before);
        Assert.Equal(contents, _directory.Contents());
        Assert.NotEqual(before, File.ReadAllBytes(Table));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_segment_that_was_read_through_its_table_can_be_truncated_and_written_again(bool reopen)
    {
        Fill();
        if (reopen)
        {
            _directory.Close();
        }

        Log.ReleaseReads(Log.LastIndex);
        for (long cut = Log.LastIndex - 300; cut > 1; cut -= 300)
        {
            Log.TruncateFrom(cut);
            _directory.Append(350, term: 9, size: 90);
            Log.ReleaseReads(cut);
            Log.TruncateFrom(cut + 10);
        }

        string contents = _directory.Contents();
        Log.ReleaseReads(Log.LastIndex);
        Assert.Equal(contents, _directory.Contents());
        _directory.Die();
        Assert.Equal(contents, _directory.Contents());
    }

    [Fact]
    public void The_header_and_the_final_mark_of_a_sealed_segment_are_checked_in_any_case()
    {
        Fill();
        _directory.Close();
        byte[] whole = File.ReadAllBytes(_directory.FileOf(1));
        int end = BitConverter.ToInt32(File.ReadAllBytes(Table), 56);
        foreach (int offset in (int[])[0, 20, 50, 66, 100, 4090, end, end + 20, end + 47])
        {
            _directory.Edit(SegmentFormat.NameOf(1), bytes => bytes[offset] ^= 8);
            Assert.Equal(SegmentFormat.NameOf(1), Assert.Throws<LogCorruptedException>(() => _directory.Log).Segment);
            File.WriteAllBytes(_directory.FileOf(1), whole);
        }

        Assert.NotEqual(0, Log.LastIndex);
    }

    [Fact]
    public void A_table_without_its_segment_is_deleted()
    {
        Fill();
        _directory.Close();
        string stray = Path.Combine(_directory.Path, OffsetTable.NameOf(77));
        File.Copy(Table, stray);
        Assert.NotEqual(0, Log.LastIndex);
        Assert.False(File.Exists(stray));
        Assert.True(File.Exists(Table));
    }

    [Fact]
    public async Task Another_thread_reads_on_while_the_loop_changes_over_to_tables_behind_it()
    {
        _directory.Options = TemporaryLog.DefaultOptions with { Scheduler = TaskScheduler.Default };
        SegmentedLog log = Log;
        long published = 0;
        long passed = 0;
        Task reader = Task.Run(() =>
        {
            for (long next = 1; next <= 5000; next++)
            {
                while (Volatile.Read(ref published) < next)
                {
                    Thread.Yield();
                }

                Assert.True(log.Read(next).Payload.SequenceEqual(TemporaryLog.PayloadOf(next, 100)));
                Volatile.Write(ref passed, next);
            }
        });
        while (log.LastIndex < 5000)
        {
            _directory.Append(10, size: 100, groupOf: 10);
            Volatile.Write(ref published, log.LastIndex);
            log.ReleaseReads(Volatile.Read(ref passed));
        }

        await reader;
        log.ReleaseReads(5000);
        Assert.Equal(5000, log.LastIndex);
        Assert.True(log.Read(1).Payload.SequenceEqual(TemporaryLog.PayloadOf(1, 100)));
    }

    private string Fill()
    {
        for (long term = 1; term <= 8; term++)
        {
            _directory.Append(200, term, size: 60 + (int)term, groupOf: 9);
        }

        Assert.True(Directory.GetFiles(_directory.Path, "*" + OffsetTable.Extension).Length >= 2);
        return _directory.Contents();
    }
}
