using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Storage;
using Xunit;

namespace RaftEngine.Tests.Log;

public sealed class LogInspectorTests : IDisposable
{
    private readonly TemporaryLog _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void It_tells_of_an_open_log_what_the_log_tells_of_itself()
    {
        _directory.Data.HardState.Save(new HardState(3, 2));
        _directory.Append(1000, term: 1, size: 100);
        _directory.Append(200, term: 3, size: 100);
        LogInspector inspector = LogInspector.Open(_directory.Path);
        Assert.Equal(new HardState(3, 2), inspector.HardState);
        Assert.Equal(new LogOwner(_directory.Options.ClusterId, 7, 1, _directory.Data.LogId), inspector.Owner);

        LogVerification found = inspector.Verify();
        Assert.Null(found.Damage);
        Assert.Equal(1, found.FirstIndex);
        Assert.Equal(1200, found.LastIndex);
        Assert.Equal(1200, found.Records);
        Assert.Equal(3, found.LastTerm);
        Assert.Equal(1200 * 136, found.RecordBytes);
        Assert.Equal(_directory.Log.ChainAt(1200), found.Fingerprint);
        Assert.Equal(0, found.TornTailBytes);
        Assert.True(found.SyncedThrough >= SegmentFormat.HeaderBytes);

        var segments = inspector.ReadSegments();
        Assert.Equal(Directory.GetFiles(_directory.Path, "*.segment").Length, segments.Length);
        Assert.Equal(found.Segments, segments.Length);
        for (int i = 0; i < segments.Length; i++)
        {
            Assert.Equal(i < segments.Length - 1, segments[i].IsSealed);
            Assert.Equal(_directory.Options.SegmentSizeBytes, segments[i].SizeBytes);
            Assert.Equal(_directory.Log.ChainAt(segments[i].FirstIndex - 1), segments[i].ChainSeed);
            Assert.Equal(_directory.Data.LogId, segments[i].LogId);
            Assert.InRange(segments[i].Created, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(5));
        }
    }

    [Fact]
    public void It_shows_the_records_of_a_range()
    {
        _directory.Append(1000, size: 100);
        List<long> indexes = [];
        LogInspector inspector = LogInspector.Open(_directory.Path);
        inspector.Visit(400, 800, (segment, offset, record) =>
        {
            indexes.Add(record.Index);
            Assert.Equal(TemporaryLog.PayloadOf(record.Index, 100), record.Payload.ToArray());
            Assert.Equal(_directory.Log.ChainAt(record.Index), record.Chain);
            Assert.True(File.Exists(Path.Combine(_directory.Path, segment)));
            Assert.InRange(offset, SegmentFormat.HeaderBytes, _directory.Options.SegmentSizeBytes);
            return true;
        });
        Assert.Equal(401, indexes.Count);
        Assert.Equal(400, indexes[0]);
        Assert.Equal(800, indexes[^1]);

        int shown = 0;
        inspector.Visit(0, long.MaxValue, (_, _, _) => ++shown < 5);
        Assert.Equal(5, shown);
        inspector.Visit(2000, 3000, (_, _, _) => throw new InvalidOperationException("There is no such record."));
    }

    [Fact]
    public void It_changes_nothing_and_reports_a_torn_tail_that_opening_would_cut()
    {
        _directory.Append(10, groupOf: 2);
        _directory.Sync();
        _directory.Append(4, groupOf: 4);
        _directory.Die();
        _directory.Edit(SegmentFormat.NameOf(1), static bytes => bytes.AsSpan(SegmentFormat.HeaderBytes + (12 * 56) + 10, 20).Clear());
        byte[] before = File.ReadAllBytes(_directory.FileOf(1));
        string[] files = Directory.GetFiles(_directory.Path);
        LogVerification found = LogInspector.Open(_directory.Path).Verify();
        Assert.Null(found.Damage);
        Assert.Equal(12, found.LastIndex);
        Assert.Equal((2 * 56) + TailMark.SizeInBytes, found.TornTailBytes);
        Assert.Equal(before, File.ReadAllBytes(_directory.FileOf(1)));
        Assert.Equal(files, Directory.GetFiles(_directory.Path));
        Assert.Equal(found.TornTailBytes, _directory.Log.TornTailBytes);
        Assert.Equal(found.LastIndex, _directory.Log.LastIndex);
    }

    [Fact]
    public void It_says_of_damage_what_a_node_says_that_opens_the_log()
    {
        _directory.Append(1000, size: 100);
        _directory.Close();
        _directory.DeleteTables();
        string[] files = Directory.GetFiles(_directory.Path, "*.segment");
        foreach (string file in files)
        {
            byte[] whole = File.ReadAllBytes(file);
            foreach (int offset in (int[])[3, 17, 25, 33, 49, 57, 65, 80, 4090, 4096, 4100, 4105, 4113, 4125, 6000, 9000])
            {
                _directory.Edit(Path.GetFileName(file), bytes => bytes[offset] ^= 4);
                LogVerification found = LogInspector.Open(_directory.Path).Verify();
                LogCorruptedException refused = Assert.Throws<LogCorruptedException>(() => _directory.Log);
                Assert.Equal(refused.Message, found.Damage?.Message);
                Assert.Contains(Path.GetFileName(file), refused.Message, StringComparison.Ordinal);
                Assert.True(refused.Index == 0 || found.LastIndex == refused.Index - 1);
                File.WriteAllBytes(file, whole);
            }
        }

        _directory.Edit(HardStateFile.Name, static bytes => bytes.AsSpan().Clear());
        LogCorruptedException inspected = Assert.Throws<LogCorruptedException>(() => LogInspector.Open(_directory.Path));
        Assert.Equal(Assert.Throws<LogCorruptedException>(() => _directory.Log).Message, inspected.Message);
        File.Delete(Path.Combine(_directory.Path, HardStateFile.Name));
        inspected = Assert.Throws<LogCorruptedException>(() => LogInspector.Open(_directory.Path));
        Assert.Equal(Assert.Throws<LogCorruptedException>(() => _directory.Log).Message, inspected.Message);
    }

    [Fact]
    public void What_is_no_data_directory_is_refused()
    {
        Assert.Throws<DataDirectoryException>(() => LogInspector.Open(_directory.Path));
        Assert.Throws<StorageFailedException>(() => LogInspector.Open(Path.Combine(_directory.Path, "none")));
    }

    [Fact]
    public async Task It_finds_no_damage_while_the_log_is_appended_to_rolled_and_truncated()
    {
        _directory.Options = TemporaryLog.DefaultOptions with { Scheduler = TaskScheduler.Default };
        _ = _directory.Log;
        using CancellationTokenSource stop = new();
        Task writer = Task.Factory.StartNew(() => WriteUntil(stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        LogInspector inspector = LogInspector.Open(_directory.Path);
        int most = 0;
        try
        {
            // At least a hundred looks, and until the log has rolled under them.
            for (int i = 0; (i < 100 || most < 3) && !writer.IsCompleted; i++)
            {
                LogVerification found = inspector.Verify();
                Assert.Null(found.Damage);
                most = Math.Max(most, found.Segments);
                long last = 0;
                inspector.Visit(1, long.MaxValue, (_, _, record) => ++last <= record.Index && record.Payload.Length >= 1);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await writer;
        }

        Assert.True(most >= 3);
        _directory.Sync(); // or the last roll may not be finished, and its segment have no name yet
        Assert.Equal(_directory.Log.ChainAt(_directory.Log.LastIndex), inspector.Verify().Fingerprint);
    }

    private void WriteUntil(CancellationToken stop)
    {
        Random random = new(1);
        long term = 1;
        while (!stop.IsCancellationRequested)
        {
            if (_directory.Log.LastIndex > 2500)
            {
                _directory.Log.TruncateFrom(random.Next(1, 2500));
                term++;
            }

            _directory.Append(random.Next(1, 40), term, random.Next(1, 400), groupOf: 13);
            if (random.Next(4) == 0)
            {
                _directory.Sync();
                _directory.Log.WriteIdleMark();
            }
        }
    }
}
