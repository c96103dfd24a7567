using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using RaftEngine.Storage;
using Xunit;

namespace RaftEngine.Tests.Storage;

public sealed partial class FileSystemDirectoryTests : StorageContract, IDisposable
{
    private readonly string _path = System.IO.Directory.CreateTempSubdirectory("raftengine-storage-").FullName;
    private readonly FileSystemDirectory _directory;

    public FileSystemDirectoryTests() => _directory = FileSystemDirectory.OpenOrCreate(_path);

    private protected override IStorageDirectory Directory => _directory;

    public void Dispose()
    {
        _directory.Dispose();
        System.IO.Directory.Delete(_path, recursive: true);
    }

    [Fact]
    public void A_directory_is_made_with_those_above_it_and_one_that_must_exist_is_not()
    {
        string path = Path.Combine(_path, "above", "it");
        Assert.Throws<StorageFailedException>(() => FileSystemDirectory.OpenExisting(path));
        using (FileSystemDirectory made = FileSystemDirectory.OpenOrCreate(path))
        {
            made.Create("a").Dispose();
        }

        using FileSystemDirectory again = FileSystemDirectory.OpenExisting(path);
        Assert.Equal(["a"], again.List());
        Assert.Throws<StorageFailedException>(() => FileSystemDirectory.OpenOrCreate("/proc/none"));
    }

    [Fact]
    public void Nothing_but_a_regular_file_is_opened_created_over_replaced_or_locked()
    {
        if (OperatingSystem.IsWindows())
        {
            return; // neither FIFOs nor links that every user may create
        }

        string victim = Path.Combine(_path, "victim");
        File.WriteAllBytes(victim, [1, 2, 3]);
        File.CreateSymbolicLink(Path.Combine(_path, "link"), victim);
        File.CreateSymbolicLink(Path.Combine(_path, "device"), "/dev/full");
        System.IO.Directory.CreateDirectory(Path.Combine(_path, "directory"));
        Assert.Equal(0, Run("mkfifo", Path.Combine(_path, "fifo")));
        foreach (string name in (string[])["link", "device", "directory", "fifo"])
        {
            Assert.Equal("open", Assert.Throws<StorageFailedException>(() => _directory.Open(name)).Operation);
            Assert.Equal("open", Assert.Throws<StorageFailedException>(() => _directory.OpenForReading(name)).Operation);
            Assert.Equal("create", Assert.Throws<StorageFailedException>(() => _directory.Create(name)).Operation);
            Assert.Equal("lock", Assert.Throws<StorageFailedException>(() => _directory.TryLock(name)).Operation);
            Assert.Equal("delete", Assert.Throws<StorageFailedException>(() => _directory.DeleteGently(name)).Operation);
            _directory.Create("new").Dispose();
            StorageFailedException e = Assert.Throws<StorageFailedException>(() => _directory.Rename("new", name));
            Assert.Contains("not a regular file", e.Message, StringComparison.Ordinal);
        }

        Assert.Equal([1, 2, 3], File.ReadAllBytes(victim));
        Assert.Equal("/dev/full", new FileInfo(Path.Combine(_path, "device")).LinkTarget);
    }

    [Fact]
    public void The_lock_holds_when_its_file_is_deleted()
    {
        using IDisposable? held = _directory.TryLock("lock");
        Assert.NotNull(held);
        if (!OperatingSystem.IsWindows())
        {
            File.Delete(Path.Combine(_path, "lock"));
        }

        using FileSystemDirectory second = FileSystemDirectory.OpenExisting(_path);
        Assert.Null(second.TryLock("lock"));
    }

    // As in a child of this process between fork and exec, which has all files of its parent open.
    [Fact]
    public void The_lock_ends_with_its_holder_though_a_copy_of_its_files_is_open()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        List<SafeFileHandle> copies = [];
        IDisposable held = _directory.TryLock("lock")!;
        foreach (string open in System.IO.Directory.GetFileSystemEntries("/proc/self/fd"))
        {
            string? file = new FileInfo(open).LinkTarget;
            if (file == _path || file == Path.Combine(_path, "lock"))
            {
                copies.Add(new SafeFileHandle(Duplicate(int.Parse(Path.GetFileName(open), CultureInfo.InvariantCulture)), ownsHandle: true));
            }
        }

        Assert.True(copies.Count >= 2);
        held.Dispose();
        held.Dispose();
        using IDisposable? again = _directory.TryLock("lock");
        Assert.NotNull(again);
        copies.ForEach(static copy => copy.Dispose());
    }

    [Fact]
    public void Files_and_directories_that_are_made_are_this_users_alone()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        string path = Path.Combine(_path, "data");
        using FileSystemDirectory made = FileSystemDirectory.OpenOrCreate(path);
        made.Create("a").Dispose();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(path, "a")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_file_that_is_deleted_gently_keeps_its_content_for_those_who_hold_it(bool byName)
    {
        if (!OperatingSystem.IsLinux())
        {
            return; // only Linux tells who holds a file
        }

        byte[] content = new byte[9 << 20]; // more than two steps
        content.AsSpan().Fill(7);
        string path = Path.Combine(_path, "a");
        File.WriteAllBytes(path, content);
        string copy = Path.Combine(_path, "copy");
        using FileStream? reader = byName ? null : File.OpenRead(path);
        if (byName)
        {
            Assert.Equal(0, Run("ln", path, copy));
        }

        _directory.DeleteGently("a");
        Assert.False(File.Exists(path));
        Assert.Equal(content.Length, reader?.Length ?? new FileInfo(copy).Length);
    }

    [Fact]
    public void A_large_file_that_is_deleted_gently_goes_in_steps()
    {
        File.WriteAllBytes(Path.Combine(_path, "a"), new byte[12 << 20]);
        long began = Stopwatch.GetTimestamp();
        _directory.DeleteGently("a");
        Assert.True(Stopwatch.GetElapsedTime(began) >= TimeSpan.FromMilliseconds(4)); // two pauses; at once, it takes a tenth of that
        Assert.Empty(_directory.List());
    }

    private static int Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        process.WaitForExit();
        return process.ExitCode;
    }

    [LibraryImport("libc", EntryPoint = "dup")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Duplicate(int file);
}
