using System;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Tests.Storage;
using Xunit;

namespace RaftEngine.Tests.Log;

/// <summary>What may and may not happen around a reset.</summary>
public sealed class ResetTests : IDisposable
{
    private readonly TemporaryLog _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_sync_may_come_at_any_step_of_a_reset()
    {
        int syncs = 0;
        Action? sync = null;
        _directory.OpenThrough(inner => new WatchedDirectory(inner, () => sync?.Invoke()));
        _directory.Append(1500, size: 100, groupOf: 10);
        SegmentedLog log = _directory.Log;
        SyncTicket ticket = log.PrepareSync();
        Action again = () =>
        {
            Action? once = sync;
            sync = null; // the sync itself changes the disk
            syncs++;
            log.Sync(ticket);
            sync = once;
        };
        sync = again;
        log.Reset(5000, 3, 0x55);
        Assert.InRange(syncs, 8, 40);
        log.CompleteSync(ticket);
        Assert.Equal(5000, log.DurableIndex);
        sync = null;
        _directory.Append(10, term: 3);
        _directory.Sync();
        _directory.Die();
        Assert.Equal((5001, 5010), (_directory.Log.FirstIndex, _directory.Log.LastIndex));
    }

    [Fact]
    public void A_snapshot_from_before_the_beginning_of_the_log_does_not_replace_it()
    {
        // The node has had a later one. And the spare files hold records of indexes that the new log would have again.
        _directory.Append(1500, size: 100, groupOf: 10);
        _directory.Log.CompactTo(1200);
        long first = _directory.Log.FirstIndex;
        Assert.Throws<InvalidOperationException>(() => _directory.Log.Reset(first - 2, 9, 0x99));
        Assert.Equal((first, 1500), (_directory.Log.FirstIndex, _directory.Log.LastIndex));
        _directory.Log.Reset(first - 1, 9, 0x99);
        Assert.Equal(first, _directory.Log.Append(EntryKind.Command, 9, [1]));
    }
}
