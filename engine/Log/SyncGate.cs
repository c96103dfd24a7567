using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Threading;
using RaftEngine.Storage;

namespace RaftEngine.Log;

/// <summary>
/// Through which every sync of the log goes, and at which a failure stays: after one failed write or sync nothing more gets through. Any thread.
/// </summary>
internal sealed class SyncGate(string path)
{
    // One sync at a time. The kernel reports a failed write-back to one caller only; nobody else's sync of the same file may seem to succeed after it.
    private readonly Lock _one = new();
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

    /// <summary>Syncs the file of the newest segment, and counts it.</summary>
    /// <exception cref="StorageFailedException">It failed, now or before.</exception>
    public void Sync(SegmentList segments)
    {
        lock (_one)
        {
            ThrowIfFailed();
            try
            {
                segments.Newest.File.Sync();
            }
            catch (StorageFailedException e)
            {
                throw Poison(e);
            }

            Interlocked.Increment(ref _syncCount);
        }
    }

    /// <summary>Disposes a segment, not under a sync of it.</summary>
    public void Dispose(Segment segment)
    {
        lock (_one)
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

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Throw() => throw new StorageFailedException("use after a failure", path, _failure!);
}
