using System;
using Microsoft.Win32.SafeHandles;

namespace RaftEngine.Storage;

/// <summary>
/// The lock of a data directory on Unix: flock on the lock file and on the directory itself. The directory lives as long as the log does, so that the lock holds
/// when somebody deletes the file; the file is what earlier releases lock.
/// </summary>
internal sealed class FileSystemLock : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly SafeFileHandle _directory;

    private FileSystemLock(SafeFileHandle file, SafeFileHandle directory)
    {
        _file = file;
        _directory = directory;
    }

    /// <summary>Takes the lock; the death of the process releases it.</summary>
    /// <param name="file">The open lock file; disposed with the lock, or if there is none.</param>
    /// <param name="path">The directory.</param>
    /// <returns>The lock; null if another process, or another caller in this one, has it.</returns>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public static FileSystemLock? TryTake(SafeFileHandle file, string path)
    {
        SafeFileHandle? directory = null;
        try
        {
            directory = UnixCalls.OpenDirectory(path);
            if (UnixCalls.TryLock(directory, path) && UnixCalls.TryLock(file, path))
            {
                return new FileSystemLock(file, directory);
            }
        }
        catch
        {
            directory?.Dispose();
            file.Dispose();
            throw;
        }

        UnixCalls.Unlock(directory);
        directory.Dispose();
        file.Dispose();
        return null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_directory.IsClosed)
        {
            return;
        }

        UnixCalls.Unlock(_file);
        UnixCalls.Unlock(_directory);
        _file.Dispose();
        _directory.Dispose();
    }
}
