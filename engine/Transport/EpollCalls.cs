using System;
using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace RaftEngine.Transport;

/// <summary>The system calls of Linux that wait for many sockets at once, and the descriptor that ends such a wait.</summary>
internal static partial class EpollCalls
{
    /// <summary>EPOLL_CTL_ADD.</summary>
    public const int Add = 1;

    /// <summary>EPOLL_CTL_DEL.</summary>
    public const int Delete = 2;

    /// <summary>EPOLL_CTL_MOD.</summary>
    public const int Modify = 3;

    private const int CloseOnExec = 0x8_0000; // of epoll_create1 and eventfd
    private const int NonBlocking = 0x800;
    private const int Interrupted = 4; // EINTR
    private const int DataOffsetPacked = 4;
    private const int DataOffsetAligned = 8;

    // struct epoll_event: packed on x86 and x64, aligned elsewhere.
    private static readonly int DataOffset =
        RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.X86 ? DataOffsetPacked : DataOffsetAligned;

    /// <summary>The bytes of one event.</summary>
    public static int EventBytes => DataOffset + sizeof(ulong);

    /// <summary>A new set of sockets.</summary>
    public static SafeFileHandle Create() => Own(EpollCreate(CloseOnExec), "epoll_create1");

    /// <summary>A new descriptor to end a wait with.</summary>
    public static SafeFileHandle CreateEvent() => Own(EventDescriptor(0, CloseOnExec | NonBlocking), "eventfd");

    /// <summary>Adds a descriptor to a set, changes what is waited for, or takes it out.</summary>
    public static void Control(SafeFileHandle set, int operation, SafeHandle descriptor, PollEvents events, ulong data)
    {
        Span<byte> bytes = stackalloc byte[DataOffsetAligned + sizeof(ulong)];
        uint wanted = (uint)events;
        MemoryMarshal.Write(bytes, in wanted);
        MemoryMarshal.Write(bytes[DataOffset..], in data);
        if (EpollControl(set, operation, descriptor, ref MemoryMarshal.GetReference(bytes)) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError(), $"epoll_ctl {operation}");
        }
    }

    /// <summary>Waits for something to happen.</summary>
    /// <returns>How many events were written; 0 after the timeout, or if a signal ended the wait.</returns>
    public static int Wait(SafeFileHandle set, Span<byte> events, int timeoutMilliseconds)
    {
        int count = EpollWait(set, ref MemoryMarshal.GetReference(events), events.Length / EventBytes, timeoutMilliseconds);
        if (count >= 0)
        {
            return count;
        }

        int error = Marshal.GetLastPInvokeError();
        return error == Interrupted ? 0 : throw new Win32Exception(error, "epoll_wait");
    }

    /// <summary>Reads what <see cref="Wait"/> has written.</summary>
    public static (uint Events, ulong Data) ReadEvent(ReadOnlySpan<byte> events, int index)
    {
        ReadOnlySpan<byte> bytes = events[(index * EventBytes)..];
        return (MemoryMarshal.Read<uint>(bytes), MemoryMarshal.Read<ulong>(bytes[DataOffset..]));
    }

    /// <summary>Raises an event. It fails only while the event is raised already.</summary>
    public static void Raise(SafeFileHandle descriptor)
    {
        ulong one = 1;
        _ = Write(descriptor, in one, sizeof(ulong));
    }

    /// <summary>Takes an event back.</summary>
    public static void Lower(SafeFileHandle descriptor) => _ = Read(descriptor, out _, sizeof(ulong));

    private static SafeFileHandle Own(int descriptor, string call) =>
        descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw new Win32Exception(Marshal.GetLastPInvokeError(), call);

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int EpollControl(SafeFileHandle set, int operation, SafeHandle descriptor, ref byte epollEvent);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int EpollWait(SafeFileHandle set, ref byte events, int maxEvents, int timeoutMilliseconds);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int EventDescriptor(uint value, int flags);

    [LibraryImport("libc", EntryPoint = "write")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Write(SafeFileHandle descriptor, in ulong value, nint bytes);

    [LibraryImport("libc", EntryPoint = "read")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Read(SafeFileHandle descriptor, out ulong value, nint bytes);
}
