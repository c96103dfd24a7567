using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Threading;
using RaftEngine.Host;
using RaftEngine.Storage;

namespace RaftEngine.Log;

/// <summary>
/// Through which every sync of the log goes, and at which a failure stays: after one failed write or sync nothing more gets through. Any thread.
/// </summary>
internal sealed class SyncGate(IStorageDirectory directory)
{
    // One sync at a time. The kernel reports a failed write-back to one caller only; no other caller's sync of the same
    // file may seem to succeed after it.
    private readonly Gate _one = new();
    private StorageFailedException? _failure;
    private long _syncCount;

    /// <summary>How many syncs have returned.</summary>
    public long SyncCount => Interlocked.Read(ref _syncCount);

    /// <summary>True once something has failed.</summary>
    public bool HasFailed => Volatile.Read(ref _failure) is not null; // pairs with the exchange in Poison

    /// <summary>Throws what every use of a poisoned log throws.</summary>
    /// <exception cref="StorageFailedException">Something has failed before.</exception>
    public void ThrowIfFailed()
    {
        if (HasFailed)
        {
            Throw();
        }
    }

    /// <summary>Syncs the newest segment, and before it whatever a roll has left to be synced.</summary>
    /// <exception cref="StorageFailedException">It failed, now or before.</exception>
    public void Sync(SegmentList segments)
    {
        using (_one.Enter())
        {
            ThrowIfFailed();
            try
            {
                // One look at the list: if it is from before a roll, the older segment is synced, and the roll is left to a later call.
                Segment[] all = segments.All;
                FinishRoll(all);
                SyncFile(all[^1]);
            }
            catch (StorageFailedException e)
            {
                throw Poison(e);
            }
        }
    }

    /// <summary>Finishes the last roll if it is not finished yet. Returns at once if the sync has already
    /// finished.</summary>
    /// <exception cref="StorageFailedException">It failed, now or before.</exception>
    public void FinishRoll(SegmentList segments)
    {
        if (segments.Newest.IsInPlace)
        {
            ThrowIfFailed();
            return;
        }

        using (_one.Enter())
        {
            ThrowIfFailed();
            try
            {
                FinishRoll(segments.All);
            }
            catch (StorageFailedException e)
            {
                throw Poison(e);
            }
        }
    }

    /// <summary>Disposes a segment, not under a sync of it.</summary>
    public void Dispose(Segment segment)
    {
        using (_one.Enter())
        {
            segment.Dispose();
        }
    }

    /// <summary>Keeps the first failure.</summary>
    /// <returns>What was given.</returns>
    public StorageFailedException Poison(StorageFailedException failure)
    {
        Interlocked.CompareExchange(ref _failure, failure, null);
        return failure;
    }

    // A segment gets its name only once the records of the one before it are on disk. Until then the new one's
    // records are in a file that recovery takes for a segment only if it
    // continues exactly what it found. The seal comes last: a crash never leaves a sealed segment that nothing
    // follows. Until it is on disk no record behind it is acknowledged, so
    // that none can be lost with its segment in silence.
    private void FinishRoll(Segment[] all)
    {
        Segment newest = all[^1];
        if (newest.IsInPlace)
        {
            return;
        }

        Segment full = all[^2];
        SyncFile(full);
        SyncFile(newest);
        newest.TakeName(directory);
        full.WriteSeal(full.File);
        SyncFile(full);
        newest.IsInPlace = true;
    }

    private void SyncFile(Segment segment)
    {
        segment.File.Sync();
        Interlocked.Increment(ref _syncCount);
    }

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Throw() => throw new StorageFailedException("use after a failure", directory.Path, _failure!);
}
