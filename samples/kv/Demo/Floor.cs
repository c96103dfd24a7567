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
/// What a commit can not be faster than on this machine: one round trip over loopback TCP and one sync of the disk, measured by themselves.
/// </summary>
/// <param name="RoundTripMicros">p50 of a round trip of 256 bytes between two asynchronous sockets, in microseconds.</param>
/// <param name="SyncMicros">p50 of a 256-byte write and fdatasync into a file that has its blocks, in microseconds.</param>
internal sealed partial record Floor(double RoundTripMicros, double SyncMicros)
{
    private const int MessageBytes = 256;
    private const int FileBytes = 1 << 20;
    private const int Warmup = 100;
    private const int RoundTrips = 1000;
    private const int Syncs = 300;

    /// <summary>Their sum.</summary>
    public double TotalMicros => RoundTripMicros + SyncMicros;

    /// <summary>Measures both.</summary>
    /// <param name="directory">Where the logs will be: it is that disk that counts.</param>
    public static async Task<Floor> MeasureAsync(string directory) =>
        new(await MeasureRoundTripAsync().ConfigureAwait(false), MeasureSync(directory));

    private static async Task<double> MeasureRoundTripAsync()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        using Socket near = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await near.ConnectAsync(listener.LocalEndpoint).ConfigureAwait(false);
        using Socket far = await listener.AcceptSocketAsync().ConfigureAwait(false);
        far.NoDelay = true;
        Task echo = EchoAsync(far);
        LatencyHistogram latencies = new();
        byte[] message = new byte[MessageBytes];
        for (int i = 0; i < Warmup + RoundTrips; i++)
        {
            long started = Stopwatch.GetTimestamp();
            await near.SendAsync(message).ConfigureAwait(false);
            await ReceiveAllAsync(near, message).ConfigureAwait(false);
            if (i >= Warmup)
            {
                latencies.Record(Stopwatch.GetElapsedTime(started));
            }
        }

        near.Shutdown(SocketShutdown.Send);
        await echo.ConfigureAwait(false);
        return latencies.PercentileMicros(0.5);
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

    private static double MeasureSync(string directory)
    {
        string path = Path.Combine(directory, "floor.tmp");
        try
        {
            using SafeFileHandle file = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.None);
            RandomAccess.Write(file, new byte[FileBytes], 0);
            RandomAccess.FlushToDisk(file);
            LatencyHistogram latencies = new();
            byte[] message = new byte[MessageBytes];
            for (int i = 0; i < Warmup + Syncs; i++)
            {
                long started = Stopwatch.GetTimestamp();
                RandomAccess.Write(file, message, (long)i * MessageBytes);
                SyncData(file);
                if (i >= Warmup)
                {
                    latencies.Record(Stopwatch.GetElapsedTime(started));
                }
            }

            return latencies.PercentileMicros(0.5);
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
