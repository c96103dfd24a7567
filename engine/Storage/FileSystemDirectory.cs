using System;
using System.IO;
using System.Threading;
using Microsoft.Win32.SafeHandles;

namespace RaftEngine.Storage;

/// <summary>A directory of the real file system.</summary>
internal sealed class FileSystemDirectory : IStorageDirectory
{
    // A file goes faster than it can come, and in a second at the most.
    private const int GentleStepBytes = 4 << 20;
    private const int MostGentleSteps = 256;
    private const int GentlePauseMilliseconds = 3;

    // On Unix, the open directory that Sync syncs. Elsewhere directories can not be synced: the file system's journal orders their entries.
    private readonly SafeFileHandle? _handle;

    private FileSystemDirectory(string path)
    {
        Path = path;
        _handle = OperatingSystem.IsWindows() ? null : UnixCalls.OpenDirectory(path);
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <summary>Opens the directory; it and those above it are created if they do not exist, and each new entry is synced.</summary>
    public static FileSystemDirectory OpenOrCreate(string path)
    {
        string full = System.IO.Path.GetFullPath(path);
        if (!Directory.Exists(full))
        {
            string? parent = System.IO.Path.GetDirectoryName(full);
            using FileSystemDirectory? above = parent is null ? null : OpenOrCreate(parent);
            Guarded("create", full, full, static (p, _) => Directory.CreateDirectory(p));
            above?.Sync();
        }

        return new FileSystemDirectory(full);
    }

    /// <summary>Opens a directory that exists.</summary>
    public static FileSystemDirectory OpenExisting(string path)
    {
        string full = System.IO.Path.GetFullPath(path);
        return Directory.Exists(full)
            ? new FileSystemDirectory(full)
            : throw new StorageFailedException("open", full, new DirectoryNotFoundException($"There is no directory '{full}'."));
    }

    /// <inheritdoc/>
    public string[] List()
    {
        string[] names = [];
        Guarded("list", Path, this, (_, _) => names = Directory.GetFiles(Path));
        for (int i = 0; i < names.Length; i++)
        {
            names[i] = System.IO.Path.GetFileName(names[i]);
        }

        return names;
    }

    /// <inheritdoc/>
    public IStorageFile Create(string name) => new FileSystemFile(PathOf(name), FileMode.Create, FileAccess.ReadWrite);

    /// <inheritdoc/>
    public IStorageFile Open(string name) => new FileSystemFile(PathOf(name), FileMode.Open, FileAccess.ReadWrite);

    /// <inheritdoc/>
    public IStorageFile? OpenForReading(string name)
    {
        try
        {
            return new FileSystemFile(PathOf(name), FileMode.Open, FileAccess.Read);
        }
        catch (StorageFailedException e) when (e.InnerException is FileNotFoundException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Rename(string from, string to) =>
        Guarded("rename", PathOf(from), PathOf(to), static (source, target) => File.Move(source, target, overwrite: true));

    /// <inheritdoc/>
    public void Delete(string name) => Guarded("delete", PathOf(name), this, static (path, _) => File.Delete(path));

    /// <inheritdoc/>
    public void DeleteGently(string name) => Guarded("delete", PathOf(name), this, static (path, _) =>
    {
        if (!File.Exists(path))
        {
            return;
        }

        // The name goes first, so that no crash leaves a part of the file; the process's death gives the rest back.
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        File.Delete(path);
        long whole = RandomAccess.GetLength(file);
        long step = Math.Max(GentleStepBytes, whole / MostGentleSteps);
        for (long length = whole - step; length > 0; length -= step)
        {
            RandomAccess.SetLength(file, length);
            Thread.Sleep(GentlePauseMilliseconds);
        }
    });

    /// <inheritdoc/>
    public void Sync()
    {
        if (_handle is not null)
        {
            UnixCalls.Sync(_handle, Path);
        }
    }

    /// <inheritdoc/>
    public IDisposable? TryLock(string name)
    {
        string path = PathOf(name);
        try
        {
            // FileShare.None is an flock on Unix: held by the open file, so released by the kernel when the process dies.
            return File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (IsHeldByAnother(e))
        {
            return null;
        }
        catch (Exception e) when (FileSystemFile.IsOperatingError(e))
        {
            throw new StorageFailedException("lock", path, e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _handle?.Dispose();

    /// <summary>EWOULDBLOCK as Linux and as macOS number it, and the sharing violation of Windows.</summary>
    private static bool IsHeldByAnother(IOException e) => e.HResult is 11 or 35 or unchecked((int)0x80070020);

    private string PathOf(string name) => System.IO.Path.Combine(Path, name);

    private static void Guarded<TState>(string operation, string path, TState state, Action<string, TState> action)
    {
        try
        {
            action(path, state);
        }
        catch (Exception e) when (FileSystemFile.IsOperatingError(e))
        {
            throw new StorageFailedException(operation, path, e);
        }
    }
}
