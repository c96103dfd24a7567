using System;
using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace RaftEngine.Storage;

/// <summary>The system calls that the framework does not offer: fdatasync, opening and syncing a directory, and faulting in a mapping as a whole.</summary>
internal static partial class UnixCalls
{
    private const int Interrupted = 4; // EINTR: nothing was done and nothing failed.
    private const int PopulateRead = 22; // MADV_POPULATE_READ, of Linux
    private const int DoNotNeed = 4; // MADV_DONTNEED
    private const int LockExclusive = 2; // LOCK_EX
    private const int LockNonBlocking = 4; // LOCK_NB
    private const int LockRelease = 8; // LOCK_UN
    private const int WouldBlock = 11; // EWOULDBLOCK, of Linux
    private const int WouldBlockMacOS = 35;
    private const int SetLease = 1024; // F_SETLEASE
    private const int WriteLease = 1; // F_WRLCK
    private const int NoLease = 2; // F_UNLCK

    public static void SyncData(SafeFileHandle file, string path)
    {
        while (DataSync(file) != 0)
        {
            ThrowUnlessInterrupted("sync", path);
        }
    }

    public static void Sync(SafeFileHandle directory, string path)
    {
        while (FileSync(directory) != 0)
        {
            ThrowUnlessInterrupted("directory sync", path);
        }
    }

    public static SafeFileHandle OpenDirectory(string path)
    {
        int closeOnExec = OperatingSystem.IsMacOS() ? 0x100_0000 : 0x8_0000;
        int descriptor;
        while ((descriptor = OpenFile(path, closeOnExec)) < 0)
        {
            ThrowUnlessInterrupted("open", path);
        }

        return new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>Faults a mapping in. Kernels before 5.14 do not know how; then the pages come one by one as they are read.</summary>
    public static void Populate(nint address, long length) => _ = Advise(address, (nuint)length, PopulateRead);

    /// <summary>Gives pages of own memory back; they read as zeros until they are written again.</summary>
    public static void Release(nint address, long length) => _ = Advise(address, (nuint)length, DoNotNeed);

    /// <summary>Takes an exclusive lock on an open file or directory, for as long as it is open (flock).</summary>
    /// <returns>False if another open file has it.</returns>
    /// <exception cref="StorageFailedException">The file system cannot lock, or refused.</exception>
    public static bool TryLock(SafeFileHandle file, string path)
    {
        while (Lock(file, LockExclusive | LockNonBlocking) != 0)
        {
            if (Marshal.GetLastPInvokeError() is WouldBlock or WouldBlockMacOS)
            {
                return false;
            }

            ThrowUnlessInterrupted("lock", path);
        }

        return true;
    }

    /// <summary>Releases a lock. To close the file is not enough: a child of this process that is between fork and exec still has
    /// it open, and with it the lock.</summary>
    public static void Unlock(SafeFileHandle file) => _ = Lock(file, LockRelease);

    /// <summary>True if the file is open a second time, in any process. Asked by a write lease, which Linux grants only for the one open file; if in doubt, it is.</summary>
    public static bool IsOpenElsewhere(SafeFileHandle file)
    {
        if (Control(file, SetLease, WriteLease) != 0)
        {
            return true;
        }

        _ = Control(file, SetLease, NoLease);
        return false;
    }

    private static void ThrowUnlessInterrupted(string operation, string path)
    {
        int error = Marshal.GetLastPInvokeError();
        if (error != Interrupted)
        {
            throw new StorageFailedException(operation, path, new Win32Exception(error));
        }
    }

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int DataSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FileSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Advise(nint address, nuint length, int advice);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int OpenFile(string path, int flags);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Lock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Control(SafeFileHandle file, int command, int argument);
}
