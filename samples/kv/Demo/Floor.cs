using System;
using System.Diagnostics;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading.Tasks;
using Microsoft.Win32.SafeHandles;

namespace RaftEngine.Samples.Kv.Demo;

/// <summary>
/// What a commit can hardly be faster than on this machine: one round trip over loopback TCP and one sync of the disk, measured by themselves. It may be
/// measured several times, around what
/// it is to be compared with, because disks have moods.
/// </summary>
internal sealed partial class Floor
{
    private const int MessageBytes = 256;
    private const int FileBytes = 1 << 20;
    private const int Warmup = 100;
    private const int RoundTrips = 500;
    private const int Syncs = 200;

    private readonly LatencyHistogram _roundTrips = new();
    private readonly LatencyHistogram _syncs = new();

    /// <summary>p50 of a round trip of 256 bytes between two asynchronous sockets, in microseconds.</summary>
    public double RoundTripMicros => _roundTrips.PercentileMicros(0.5);

    /// <summary>p50 of a 256-byte write and fdatasync into a file that has its blocks, in microseconds.</summary>
    public double SyncMicros => _syncs.PercentileMicros(0.5);

    /// <summary>Measures both.</summary>
    /// <param name="directory">Where the logs are: it is that disk that counts.</param>
    public async Task MeasureAsync(string directory)
    {
        await MeasureRoundTripsAsync().ConfigureAwait(false);
        MeasureSyncs(directory);
    }

    private async Task MeasureRoundTripsAsync()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        using Socket near = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await near.ConnectAsync(listener.LocalEndpoint).ConfigureAwait(false);
        using Socket far = await listener.AcceptSocketAsync().ConfigureAwait(false);
        far.NoDelay = true;
        Task echo = EchoAsync(far);
        byte[] message = new byte[MessageBytes];
        for (int i = 0; i < Warmup + RoundTrips; i++)
        {
            long started = Stopwatch.GetTimestamp();
            await near.SendAsync(message).ConfigureAwait(false);
            await ReceiveAllAsync(near, message).ConfigureAwait(false);
            if (i >= Warmup)
            {
                _roundTrips.Record(Stopwatch.GetElapsedTime(started));
            }
        }

        near.Shutdown(SocketShutdown.Send);
        await echo.ConfigureAwait(false);
    }

    private static async Task EchoAsync(Socket socket)
    {
        byte[] message = new byte[MessageBytes];
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

    private void MeasureSyncs(string directory)
    {
        string path = Path.Combine(directory, "floor.tmp");
        try
        {
            using SafeFileHandle file = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.None);
            RandomAccess.Write(file, new byte[FileBytes], 0);
            RandomAccess.FlushToDisk(file);
            byte[] message = new byte[MessageBytes];
            for (int i = 0; i < Warmup + Syncs; i++)
            {
                long started = Stopwatch.GetTimestamp();
                RandomAccess.Write(file, message, (long)i * MessageBytes);
                SyncData(file);
                if (i >= Warmup)
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
