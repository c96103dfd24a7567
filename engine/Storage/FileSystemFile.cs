using System;
using System.IO;
using Microsoft.Win32.SafeHandles;

namespace RaftEngine.Storage;

/// <summary>A file of the real file system: pwrite, pread, fdatasync, mmap.</summary>
internal sealed class FileSystemFile : IStorageFile
{
    private readonly SafeFileHandle _handle;
    private readonly string _path;

    public FileSystemFile(string path, FileMode mode, FileAccess access)
    {
        _path = path;
        try
        {
            _handle = File.OpenHandle(path, mode, access, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception e) when (IsOperatingError(e))
        {
            throw new StorageFailedException(mode == FileMode.Create ? "create" : "open", path, e);
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
}
