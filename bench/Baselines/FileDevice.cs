using System;
using System.IO;
using System.Threading;
using FASTER.core;

namespace RaftEngine.Bench.Baselines;

/// <summary>
/// The file behind a FasterLog: writes go round and round in a prepared file, which spares FASTER every cost of a file that grows (nothing is ever read back here). With
/// <c>isSynced</c> a write has returned, and its callback is run, only once it is on disk: pwrite and fdatasync, on the thread that asks. Without, a pool thread writes.
/// </summary>
internal sealed unsafe class FileDevice(ZeroedFile file, bool isSynced) : StorageDeviceBase("log", sectorSize: 512, Devices.CAPACITY_UNSPECIFIED)
{
    private long _writes;

    /// <summary>How many writes there have been; synced, if this device syncs.</summary>
    public long Writes => Interlocked.Read(ref _writes);

    /// <inheritdoc/>
    public override void WriteAsync(
        IntPtr sourceAddress, int segmentId, ulong destinationAddress, uint numBytesToWrite, DeviceIOCompletionCallback callback, object context)
    {
        if (isSynced)
        {
            Write(sourceAddress, destinationAddress, numBytesToWrite);
            file.Sync();
            callback(0, numBytesToWrite, context);
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                _ =>
                {
                    Write(sourceAddress, destinationAddress, numBytesToWrite);
                    callback(0, numBytesToWrite, context);
                },
                null);
        }
    }

    /// <inheritdoc/>
    public override void ReadAsync(int segmentId, ulong sourceAddress, IntPtr destinationAddress, uint readLength, DeviceIOCompletionCallback callback, object context) =>
        throw new NotSupportedException("This device only writes.");

    /// <inheritdoc/>
    public override void RemoveSegmentAsync(int segment, AsyncCallback callback, IAsyncResult result) => callback(result);

    /// <inheritdoc/>
    public override void Dispose()
    {
    }

    private void Write(IntPtr source, ulong destination, uint length)
    {
        ReadOnlySpan<byte> bytes = new((void*)source, (int)length);
        long offset = (long)(destination % (ulong)file.Length);
        int first = (int)Math.Min(bytes.Length, file.Length - offset);
        RandomAccess.Write(file.Handle, bytes[..first], offset);
        if (first < bytes.Length)
        {
            RandomAccess.Write(file.Handle, bytes[first..], 0);
        }

        Interlocked.Increment(ref _writes);
    }
}
