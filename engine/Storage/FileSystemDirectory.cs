using System;
using System.ComponentModel;
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
    private const int AccessDenied = 13; // EACCES

    // On Unix, the open directory that Sync syncs. Elsewhere directories cannot be synced: the file system's journal orders their entries.
    private readonly SafeFileHandle? _handle;
    private readonly (string File, string Name)? _only;

    private FileSystemDirectory(string path, (string File, string Name)? only = null)
    {
        Path = path;
        _only = only;
        _handle = OperatingSystem.IsWindows() ? null : UnixCalls.OpenDirectory(path);
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <summary>Opens the directory; it and those above it are created if they do not exist, for this user alone. The entry of one that is new, or still empty, is synced:
    /// the process that created it may have died before it came to that.</summary>
    public static FileSystemDirectory OpenOrCreate(string path)
    {
        string full = System.IO.Path.GetFullPath(path);
        string? parent = System.IO.Path.GetDirectoryName(full);
        bool exists = Directory.Exists(full);
        if (parent is null || (exists && !IsEmpty(full)))
        {
            return new FileSystemDirectory(full);
        }

        if (exists)
        {
            SyncEntry(parent);
            return new FileSystemDirectory(full);
        }

        using FileSystemDirectory above = OpenOrCreate(parent);
        Guarded("create", full, full, static (p, _) => CreateForThisUser(p));
        above.Sync();
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

    /// <summary>A view of an existing directory, for reading: it has one file, under a name that need not be its
    /// own.</summary>
    public static FileSystemDirectory OpenFile(string path, string file, string name) => new(path, (file, name));

    /// <inheritdoc/>
    public string[] List()
    {
        if (_only is { } only)
        {
            return [only.Name];
        }

        string[] names = [];
        Guarded("list", Path, this, (_, _) => names = Directory.GetFiles(Path));
        for (int i = 0; i < names.Length; i++)
        {
            names[i] = System.IO.Path.GetFileName(names[i]);
        }

        return names;
    }

    /// <inheritdoc/>
    public IStorageFile Create(string name) => FileSystemFile.Create(PathOf(name));

    /// <inheritdoc/>
    public IStorageFile Open(string name) => FileSystemFile.Open(PathOf(name), FileAccess.ReadWrite);

    /// <inheritdoc/>
    public IStorageFile? OpenForReading(string name)
    {
        try
        {
            return _only is not { } only ? FileSystemFile.Open(PathOf(name), FileAccess.Read)
                : name == only.Name ? FileSystemFile.Open(PathOf(only.File), FileAccess.Read) : null;
        }
        catch (StorageFailedException e) when (e.InnerException is FileNotFoundException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Rename(string from, string to) => Guarded("rename", PathOf(from), PathOf(to), static (source, target) =>
    {
        FileSystemFile.RequireRegular("rename", target, FileIdentity.Of(target));
        File.Move(source, target, overwrite: true);
    });

    /// <inheritdoc/>
    public void Delete(string name) => Guarded("delete", PathOf(name), this, static (path, _) => File.Delete(path));

    /// <inheritdoc/>
    public void DeleteGently(string name) => Guarded("delete", PathOf(name), this, static (path, _) =>
    {
        if (FileIdentity.Of(path) is not { } found)
        {
            return;
        }

        FileSystemFile.RequireRegular("delete", path, found);

        // The name goes first, so that no crash leaves a part of the file; the process's death gives the rest back.
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        File.Delete(path);
        if (IsHeldElsewhere(file, path))
        {
            return; // its content is somebody's: a copy under way, or a name in a backup
        }

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
    public void RequireInPlace(string name)
    {
        if (_handle is null)
        {
            return; // Windows does not let a directory go in which a file is open
        }

        if (FileIdentity.Of(Path, isFollowed: true) is not { } found || !found.IsSameFile(FileIdentity.Of(_handle, Path)))
        {
            throw new StorageFailedException(
                "look for", Path, new DirectoryNotFoundException("The directory that is open was moved, deleted or replaced: what is written now, no start will find."));
        }

        if (FileIdentity.Of(PathOf(name)) is null)
        {
            throw new StorageFailedException("look for", PathOf(name), new FileNotFoundException("The file was moved or deleted while its directory is open."));
        }
    }

    /// <inheritdoc/>
    public IDisposable? TryLock(string name)
    {
        string path = PathOf(name);
        SafeFileHandle? file = null;
        try
        {
            FileSystemFile.RequireRegular("lock", path, FileIdentity.Of(path));
            if (OperatingSystem.IsWindows())
            {
                return File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }

            file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            return FileSystemLock.TryTake(file, Path);
        }
        catch (IOException e) when (IsHeldByAnother(e))
        {
            return null; // the framework takes a shared lock of its own as it opens the file
        }
        catch (Exception e) when (FileSystemFile.IsOperatingError(e))
        {
            file?.Dispose();
            throw new StorageFailedException("lock", path, e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _handle?.Dispose();

    /// <summary>EWOULDBLOCK as Linux and as macOS number it, and the sharing violation of Windows.</summary>
    private static bool IsHeldByAnother(IOException e) => e.HResult is 11 or 35 or unchecked((int)0x80070020);

    private static bool IsEmpty(string path)
    {
        bool isEmpty = false;
        Guarded("list", path, path, (p, _) => isEmpty = !Directory.EnumerateFileSystemEntries(p).GetEnumerator().MoveNext());
        return isEmpty;
    }

    // A directory above that this user may not read was made by somebody else: so was the entry, and its syncing is theirs.
    private static void SyncEntry(string parent)
    {
        try
        {
            using FileSystemDirectory above = OpenOrCreate(parent);
            above.Sync();
        }
        catch (StorageFailedException e) when (e is { Operation: "open", InnerException: Win32Exception { NativeErrorCode: AccessDenied } })
        {
        }
    }

    private static void CreateForThisUser(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return;
        }

        const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Directory.CreateDirectory(path, OwnerOnly);
        File.SetUnixFileMode(path, OwnerOnly); // whatever the umask took away
    }

    // Of a file that has just lost its name here.
    private static bool IsHeldElsewhere(SafeFileHandle file, string path) =>
        FileIdentity.Of(file, path).Names > 0 || (OperatingSystem.IsLinux() && UnixCalls.IsOpenElsewhere(file));

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
