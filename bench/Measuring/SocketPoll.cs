using System;
using System.ComponentModel;
using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace RaftEngine.Bench.Measuring;

/// <summary>Waits for sockets and for a time at once, the time as exactly as the operating system can (<c>ppoll</c>): Linux only.</summary>
internal static partial class SocketPoll
{
    /// <summary>There is something to read, or the other end has closed.</summary>
    public const short Readable = 0x1;

    /// <summary>There is room to write.</summary>
    public const short Writable = 0x4;

    private const int Interrupted = 4; // EINTR
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>What to wait for.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="reads">Whether something to read is waited for.</param>
    /// <param name="writes">Whether room to write is waited for. If neither is, nothing that happens to the socket ends the wait.</param>
    public static Entry Of(Socket socket, bool reads, bool writes) => new()
    {
        Descriptor = reads || writes ? (int)socket.SafeHandle.DangerousGetHandle() : -1, // the thread that waits owns the socket
        Wanted = (short)((reads ? Readable : 0) | (writes ? Writable : 0)),
    };

    /// <summary>Returns once one of the sockets is as wanted, or has broken, or at the time given.</summary>
    /// <param name="entries">What to wait for; filled with what has come true.</param>
    /// <param name="due">In ticks of <see cref="Stopwatch"/>.</param>
    public static void Wait(Span<Entry> entries, long due)
    {
        long nanoseconds = (long)((Int128)Math.Max(0, due - Stopwatch.GetTimestamp()) * NanosecondsPerSecond / Stopwatch.Frequency);
        TimeSpec timeout = new() { Seconds = (nint)(nanoseconds / NanosecondsPerSecond), Nanoseconds = (nint)(nanoseconds % NanosecondsPerSecond) };
        if (PollSockets(ref MemoryMarshal.GetReference(entries), (nuint)entries.Length, in timeout, 0) < 0)
        {
            int error = Marshal.GetLastPInvokeError();
            if (error != Interrupted)
            {
                throw new Win32Exception(error);
            }

            foreach (ref Entry entry in entries)
            {
                entry.Happened = 0;
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "ppoll", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int PollSockets(ref Entry entries, nuint count, in TimeSpec timeout, nint signals);

    /// <summary>A socket that is waited for; <c>struct pollfd</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Entry
    {
        /// <summary>The socket; negative for none.</summary>
        public int Descriptor;

        /// <summary>What is waited for.</summary>
        public short Wanted;

        /// <summary>What has come true.</summary>
        public short Happened;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
