using System;
using System.Diagnostics;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Win32.SafeHandles;

namespace RaftEngine.Samples.Kv.Measuring;

/// <summary>
/// The floor of a commit on this machine: one round trip over loopback TCP and one sync of the disk, measured by
/// themselves. Disks change from second to second, so it is measured several times, in turns with what it is compared with.
/// </summary>
/// <param name="messageBytes">The size of what is sent and of what is written.</param>
/// <param name="writers">How many threads write and sync at the same time, each a file of its own: as many as there are logs on the disk.</param>
internal sealed partial class Floor(int messageBytes = 256, int writers = 1)
{
    private const int LeastFileBytes = 1 << 20;
    private const int RoundTrips = 500;
    private const int Syncs = 200;

    private readonly LatencyHistogram _roundTrips = new();
    private readonly LatencyHistogram _syncs = new();

    /// <summary>p50 of a round trip of a message between two asynchronous sockets, in microseconds; 0 if it was not measured.</summary>
    public double RoundTripMicros => _roundTrips.PercentileMicros(0.5);

    /// <summary>p50 of a write of a message and fdatasync into a file that has its blocks, in microseconds; 0 if it was not measured.</summary>
    public double SyncMicros => _syncs.PercentileMicros(0.5);

    /// <summary>Measures both.</summary>
    /// <param name="directory">The directory of the logs: their disk counts.</param>
    /// <param name="count">How many of each are recorded.</param>
    public async Task MeasureAsync(string directory, int count)
    {
        await MeasureRoundTripsAsync(count).ConfigureAwait(false);
        MeasureSyncs(directory, count);
    }

    /// <summary>Measures round trips, a fifth more than are recorded.</summary>
    public async Task MeasureRoundTripsAsync(int count = RoundTrips)
    {
        int warmup = count / 5;
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        using Socket near = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await near.ConnectAsync(listener.LocalEndpoint).ConfigureAwait(false);
        using Socket far = await listener.AcceptSocketAsync().ConfigureAwait(false);
        far.NoDelay = true;
        Task echo = EchoAsync(far);
        byte[] message = new byte[messageBytes];
        for (int i = 0; i < warmup + count; i++)
        {
            long started = Stopwatch.GetTimestamp();
            await near.SendAsync(message).ConfigureAwait(false);
            await ReceiveAllAsync(near, message).ConfigureAwait(false);
            if (i >= warmup)
            {
                _roundTrips.Record(Stopwatch.GetElapsedTime(started));
            }
        }

        near.Shutdown(SocketShutdown.Send);
        await echo.ConfigureAwait(false);
    }

    private async Task EchoAsync(Socket socket)
    {
        byte[] message = new byte[messageBytes];
        while (await ReceiveAllAsync(socket, message).ConfigureAwait(false))
        {
            await socket.SendAsync(message).ConfigureAwait(false);
        }
    }

    private static async ValueTask<bool> ReceiveAllAsync(Socket socket, Memory<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            int received = await socket.ReceiveAsync(buffer).ConfigureAwait(false);
            if (received == 0)
            {
                return false;
            }

            buffer = buffer[received..];
        }

        return true;
    }

    /// <summary>Measures synced writes, half as many again as are recorded.</summary>
    /// <param name="directory">The directory of the logs: their disk counts.</param>
    /// <param name="count">How many each writer records.</param>
    public void MeasureSyncs(string directory, int count = Syncs)
    {
        Task[] writing = new Task[writers];
        using Barrier start = new(writers);
        for (int i = 0; i < writers; i++)
        {
            string path = Path.Combine(directory, $"floor-{i}.tmp");
            writing[i] = Task.Factory.StartNew(() => WriteAndSync(path, count, start), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }

        Task.WaitAll(writing);
    }

    private void WriteAndSync(string path, int count, Barrier start)
    {
        try
        {
            using SafeFileHandle file = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.None);
            int fileBytes = Math.Max(LeastFileBytes, 2 * messageBytes);
            RandomAccess.Write(file, new byte[fileBytes], 0);
            RandomAccess.FlushToDisk(file);
            byte[] message = new byte[messageBytes];
            start.SignalAndWait();
            int warmup = count / 2;
            for (int i = 0; i < warmup + count; i++)
            {
                long started = Stopwatch.GetTimestamp();
                RandomAccess.Write(file, message, (long)i * messageBytes % (fileBytes - messageBytes));
                SyncData(file);
                if (i >= warmup)
                {
                    _syncs.Record(Stopwatch.GetElapsedTime(started));
                }
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void SyncData(SafeFileHandle file)
    {
        if (!OperatingSystem.IsLinux())
        {
            RandomAccess.FlushToDisk(file);
        }
        else if (FileDataSync(file) != 0)
        {
            throw new IOException($"fdatasync failed: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int FileDataSync(SafeFileHandle file);
}
