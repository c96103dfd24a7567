using System;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Storage;
using RaftEngine.Tests.Storage;
using Xunit;

namespace RaftEngine.Tests.Log;

/// <summary>After a failed request to the disk nothing more is taken and nothing more acknowledged, until the log is reopened.</summary>
public sealed class FailStopTests : IDisposable
{
    private readonly TemporaryLog _directory = new();
    private FailingDirectory _disk = null!;

    private SegmentedLog Log => _directory.Log;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_failed_write_poisons_the_log_and_reading_goes_on()
    {
        Open();
        _directory.Append(5);
        string contents = _directory.Contents();
        Log.Append(EntryKind.Command, 1, [1]);
        _disk.FailingCall = _disk.Calls + 1;
        Assert.Throws<StorageFailedException>(Log.Flush);
        AssertPoisoned(5);
        Assert.Equal(2, Log.RunBytes(1, 2).Length / 56);
        _directory.Close();
        Assert.Equal(contents, _directory.Contents());
    }

    [Fact]
    public void A_failed_sync_on_the_sync_thread_poisons_the_log_for_the_loop()
    {
        Open();
        _directory.Append(5);
        SyncTicket ticket = Log.PrepareSync();
        _disk.FailNextSync = true;
        Assert.Throws<StorageFailedException>(() => Log.Sync(ticket));
        Assert.Throws<StorageFailedException>(() => Log.CompleteSync(ticket));
        Assert.Throws<StorageFailedException>(() => Log.Sync(ticket));
        AssertPoisoned(0);
    }

    [Fact]
    public void A_failed_save_of_the_hard_state_is_not_tried_again()
    {
        Open();
        _directory.Data.HardState.Save(new HardState(1, 1));
        _disk.FailNextSync = true;
        Assert.Throws<StorageFailedException>(() => _directory.Data.HardState.Save(new HardState(2, 1)));
        Assert.Throws<StorageFailedException>(() => _directory.Data.HardState.Save(new HardState(2, 1)));
        _directory.Die();
        Assert.InRange(_directory.Data.HardState.Current.Term, 1, 2);
    }

    [Fact]
    public void Whatever_request_fails_nothing_acknowledged_is_lost_and_the_log_reopens()
    {
        int requests = RunScript(0, out _, out _);
        Assert.InRange(requests, 60, 400);
        for (int failing = 1; failing <= requests; failing++)
        {
            using FailStopTests run = new();
            run.RunScript(failing, out long durable, out HardState saved);
            run._directory.Die();

            // Reopened without failures: everything acknowledged is there, and the log can be used.
            Assert.True(run.Log.LastIndex >= durable, $"request {failing}: {run.Log.LastIndex} of {durable}");
            Assert.True(run._directory.Data.HardState.Current.Term >= saved.Term);
            run.Log.Append(EntryKind.Command, 9, [1]);
            run._directory.Sync();
            string contents = run._directory.Contents();
            run._directory.Die();
            Assert.Equal(contents, run._directory.Contents());
        }
    }

    private void Open() => _directory.OpenThrough(inner => _disk = new FailingDirectory(inner));

    // What a node does, in small: opens, votes, appends, syncs, rolls, truncates, idles, closes. Ends at the first failure; then says what had been acknowledged.
    private int RunScript(int failing, out long durable, out HardState saved)
    {
        durable = 0;
        saved = default;
        _directory.Options = TemporaryLog.DefaultOptions with { SegmentSizeBytes = 16 << 10, MaxPayloadBytes = 4 << 10 };
        try
        {
            _directory.OpenThrough(inner => _disk = new FailingDirectory(inner) { FailingCall = failing });
            _directory.Data.HardState.Save(new HardState(1, 1));
            saved = _directory.Data.HardState.Current;
            for (int i = 0; i < 6; i++)
            {
                _directory.Append(8, size: 1000, groupOf: 4);
                _directory.Sync();
                durable = Log.DurableIndex;
                Log.WriteIdleMark();
            }

            foreach (long cut in (long[])[45, 13, 4])
            {
                durable = Math.Min(durable, cut - 1);
                Log.TruncateFrom(cut);
                durable = Log.DurableIndex;
            }

            _directory.Append(20, term: 2, size: 1000, groupOf: 4);
            _directory.Sync();
            durable = Log.DurableIndex;
            _directory.Close();
        }
        catch (StorageFailedException) when (failing != 0)
        {
            return 0;
        }

        return _disk.Calls;
    }

    private void AssertPoisoned(long lastFlushed)
    {
        Assert.Throws<StorageFailedException>(() => Log.Append(EntryKind.Command, 1, []));
        Assert.Throws<StorageFailedException>(() => Log.AppendRun(Log.LastIndex + 1, Log.LastIndex + 1, 1, []));
        Assert.Throws<StorageFailedException>(Log.Flush);
        Assert.Throws<StorageFailedException>(() => Log.PrepareSync());
        Assert.Throws<StorageFailedException>(() => Log.Sync(default));
        Assert.Throws<StorageFailedException>(() => Log.CompleteSync(default));
        Assert.Throws<StorageFailedException>(() => Log.TruncateFrom(1));
        Assert.Throws<StorageFailedException>(Log.WriteIdleMark);
        Assert.Equal(0, Log.DurableIndex);
        for (long index = 1; index <= lastFlushed; index++)
        {
            Assert.Equal(TemporaryLog.PayloadOf(index), Log.Read(index).Payload.ToArray());
        }
    }
}
