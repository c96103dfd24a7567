using System;
using System.IO;
using Microsoft.Win32.SafeHandles;

namespace RaftEngine.Storage;

/// <summary>A file of the real file system: pwrite, pread, fdatasync, mmap.</summary>
internal sealed class FileSystemFile : IStorageFile
{
    private readonly SafeFileHandle _handle;
    private readonly string _path;

    private FileSystemFile(SafeFileHandle handle, string path)
    {
        _handle = handle;
        _path = path;
    }

    /// <summary>Opens a file that exists. A symbolic link is not followed, and a FIFO is not waited for.</summary>
    /// <exception cref="StorageFailedException">There is none, it is no regular file, or the operating system refused.</exception>
    public static FileSystemFile Open(string path, FileAccess access)
    {
        RequireRegular("open", path, FileIdentity.Of(path));
        SafeFileHandle handle = OpenHandle("open", path, FileMode.Open, access);
        try
        {
            RequireRegular("open", path, FileIdentity.Of(handle, path)); // the name may have changed hands in between
            return new FileSystemFile(handle, path);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Creates an empty file that only this user may read and write. A regular file of the same name loses the name, and keeps its content
    /// for those who hold it.</summary>
    /// <exception cref="StorageFailedException">The name is taken by something else than a file, or the operating system refused.</exception>
    public static FileSystemFile Create(string path)
    {
        SafeFileHandle? handle = null;
        try
        {
            if (FileIdentity.Of(path) is { } replaced)
            {
                RequireRegular("create", path, replaced);
                File.Delete(path);
            }

            handle = OpenHandle("create", path, FileMode.CreateNew, FileAccess.ReadWrite);
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(handle, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            return new FileSystemFile(handle, path);
        }
        catch (Exception e) when (IsOperatingError(e))
        {
            handle?.Dispose();
            throw new StorageFailedException("create", path, e);
        }
    }

    /// <summary>Requires that a path has nothing or a regular file, before it is opened or replaced.</summary>
    /// <exception cref="StorageFailedException">It has something else.</exception>
    internal static void RequireRegular(string operation, string path, FileIdentity? found)
    {
        if (found is { Kind: not FileKind.Regular } other)
        {
            throw new StorageFailedException(operation, path, new IOException($"It is not a regular file: {other.Kind}."));
        }
    }

    /// <inheritdoc/>
    public long Length
    {
        get
        {
            try
            {
                return RandomAccess.GetLength(_handle);
            }
            catch (Exception e) when (IsOperatingError(e))
            {
                throw new StorageFailedException("length", _path, e);
            }
        }
    }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes, long offset)
    {
        try
        {
            RandomAccess.Write(_handle, bytes, offset);
        }
        catch (Exception e) when (IsOperatingError(e))
        {
            throw new StorageFailedException("write", _path, e);
        }
    }

    /// <inheritdoc/>
    public int Read(Span<byte> buffer, long offset)
    {
        try
        {
            int total = 0;
            int read;
            while (total < buffer.Length && (read = RandomAccess.Read(_handle, buffer[total..], offset + total)) > 0)
            {
                total += read;
            }

            return total;
        }
        catch (Exception e) when (IsOperatingError(e))
        {
            throw new StorageFailedException("read", _path, e);
        }
    }

    /// <inheritdoc/>
    public void Sync()
    {
        if (OperatingSystem.IsLinux())
        {
            // The framework's flush is fsync, which also commits the file's times to the journal; nothing here depends on those.
            UnixCalls.SyncData(_handle, _path);
            return;
        }

        try
        {
            RandomAccess.FlushToDisk(_handle);
        }
        catch (Exception e) when (IsOperatingError(e))
        {
            throw new StorageFailedException("sync", _path, e);
        }
    }

    /// <inheritdoc/>
    public IStorageMapping Map(long length)
    {
        try
        {
            return new FileSystemMapping(_handle, length);
        }
        catch (Exception e) when (e is ArgumentException || IsOperatingError(e)) // what the framework calls a file that is too short
        {
            throw new StorageFailedException("map", _path, e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    /// <summary>True for what the framework throws when the operating system says no.</summary>
    internal static bool IsOperatingError(Exception e) => e is IOException or UnauthorizedAccessException or NotSupportedException;

    private static SafeFileHandle OpenHandle(string operation, string path, FileMode mode, FileAccess access)
    {
        try
        {
            return File.OpenHandle(path, mode, access, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception e) when (IsOperatingError(e))
        {
            throw new StorageFailedException(operation, path, e);
        }
    }
}
