using System;
using System.ComponentModel;
using System.IO;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace RaftEngine.Storage;

/// <summary>What a path or an open file is to the file system.</summary>
/// <param name="Kind">Regular file, directory, FIFO, ….</param>
/// <param name="Device">The file system. 0 where the platform does not say.</param>
/// <param name="Number">The inode; the same file has the same device and number under each of its names. 0 where the platform does not say.</param>
/// <param name="Names">How many names (hard links) the file has.</param>
internal readonly partial record struct FileIdentity(FileKind Kind, ulong Device, ulong Number, uint Names)
{
    // struct statx of Linux: the same bytes on every architecture.
    //
    //   offset size
    //       16    4  number of names
    //       28    2  type and mode
    //       32    8  inode
    //      136    8  device: major, minor
    private const int StatBytes = 256;
    private const int AtWorkingDirectory = -100; // AT_FDCWD
    private const int DoNotFollow = 0x100;       // AT_SYMLINK_NOFOLLOW
    private const int EmptyPath = 0x1000;        // AT_EMPTY_PATH
    private const uint BasicMask = 0x7FF;        // STATX_BASIC_STATS
    private const int NoEntry = 2;               // ENOENT
    private const int NotADirectory = 20;        // ENOTDIR

    /// <summary>Looks at a path.</summary>
    /// <param name="path">The path.</param>
    /// <param name="isFollowed">True to look at what a symbolic link there leads to.</param>
    /// <returns>What is there; null if nothing is.</returns>
    /// <exception cref="StorageFailedException">The operating system refused to tell.</exception>
    public static FileIdentity? Of(string path, bool isFollowed = false)
    {
        if (OperatingSystem.IsLinux())
        {
            Span<byte> stat = stackalloc byte[StatBytes];
            if (Stat(AtWorkingDirectory, path, isFollowed ? 0 : DoNotFollow, BasicMask, stat) == 0)
            {
                return Read(stat);
            }

            int error = Marshal.GetLastPInvokeError();
            return error is NoEntry or NotADirectory ? null : throw new StorageFailedException("look at", path, new Win32Exception(error));
        }

        FileInfo file = new(path);
        return file.LinkTarget is not null && !isFollowed ? new FileIdentity(FileKind.SymbolicLink, 0, 0, 1)
            : file.Exists ? new FileIdentity((file.Attributes & FileAttributes.Device) != 0 ? FileKind.Other : FileKind.Regular, 0, 0, 1)
            : Directory.Exists(path) ? new FileIdentity(FileKind.Directory, 0, 0, 1) : null;
    }

    /// <summary>Looks at an open file or directory.</summary>
    /// <param name="handle">The open file.</param>
    /// <param name="path">Its path, for messages.</param>
    /// <exception cref="StorageFailedException">The operating system refused to tell.</exception>
    public static FileIdentity Of(SafeFileHandle handle, string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return Of(path) ?? new FileIdentity(FileKind.Regular, 0, 0, 0);
        }

        Span<byte> stat = stackalloc byte[StatBytes];
        bool isHeld = false;
        try
        {
            handle.DangerousAddRef(ref isHeld);
            return Stat((int)handle.DangerousGetHandle(), "", EmptyPath, BasicMask, stat) == 0
                ? Read(stat)
                : throw new StorageFailedException("look at", path, new Win32Exception(Marshal.GetLastPInvokeError()));
        }
        finally
        {
            if (isHeld)
            {
                handle.DangerousRelease();
            }
        }
    }

    /// <summary>True if both are one file, under whatever names.</summary>
    public bool IsSameFile(in FileIdentity other) => Device == other.Device && Number == other.Number;

    private static FileIdentity Read(ReadOnlySpan<byte> stat)
    {
        FileKind kind = (MemoryMarshal.Read<ushort>(stat[28..]) & 0xF000) switch
        {
            0x8000 => FileKind.Regular,
            0x4000 => FileKind.Directory,
            0xA000 => FileKind.SymbolicLink,
            0x1000 => FileKind.Fifo,
            _ => FileKind.Other,
        };
        return new FileIdentity(
            kind, MemoryMarshal.Read<ulong>(stat[136..]), MemoryMarshal.Read<ulong>(stat[32..]), MemoryMarshal.Read<uint>(stat[16..]));
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Stat(int directory, string path, int flags, uint mask, Span<byte> stat);
}
