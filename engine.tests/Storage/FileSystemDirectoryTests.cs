using System;
using System.IO;
using RaftEngine.Storage;
using Xunit;

namespace RaftEngine.Tests.Storage;

public sealed class FileSystemDirectoryTests : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("raftengine-storage-").FullName;
    private readonly FileSystemDirectory _directory;

    public FileSystemDirectoryTests() => _directory = FileSystemDirectory.OpenOrCreate(_path);

    public void Dispose()
    {
        _directory.Dispose();
        Directory.Delete(_path, recursive: true);
    }

    [Fact]
    public void What_is_written_is_read_back_and_seen_by_a_mapping_made_before()
    {
        using IStorageFile file = _directory.Create("a");
        file.Write(new byte[8192], 0);
        file.Sync();
        using IStorageMapping mapping = file.Map(8192);
        file.Write([1, 2, 3], 5000);
        Assert.Equal(8192, file.Length);
        byte[] read = new byte[5];
        Assert.Equal(5, file.Read(read, 4999));
        Assert.Equal([0, 1, 2, 3, 0], read);
        Assert.Equal([0, 1, 2, 3, 0], Bytes(mapping, 4999, 5));
        Assert.Equal(2, file.Read(read, 8190));
        Assert.Equal(0, file.Read(read, 9000));
    }

    [Fact]
    public void A_mapping_outlives_its_file_and_the_files_name()
    {
        IStorageFile file = _directory.Create("a");
        file.Write([7, 8, 9], 0);
        using IStorageMapping mapping = file.Map(3);
        file.Dispose();
        _directory.Rename("a", "b");
        Assert.Equal([7, 8, 9], Bytes(mapping, 0, 3));
        _directory.Delete("b");
        Assert.Equal([7, 8, 9], Bytes(mapping, 0, 3));
        Assert.Empty(_directory.List());
        mapping.Dispose();
    }

    [Fact]
    public void Names_are_created_replaced_renamed_and_deleted()
    {
        using (IStorageFile file = _directory.Create("a"))
        {
            file.Write([1], 0);
        }

        using (IStorageFile file = _directory.Create("a"))
        {
            Assert.Equal(0, file.Length);
            file.Write([2], 0);
        }

        _directory.Create("b").Dispose();
        _directory.Rename("a", "b");
        _directory.Sync();
        Assert.Equal(["b"], _directory.List());
        using (IStorageFile? file = _directory.OpenForReading("b"))
        {
            Assert.Equal(1, file?.Length);
            Assert.Throws<StorageFailedException>(() => file!.Write([3], 0));
        }

        Assert.Null(_directory.OpenForReading("a"));
        _directory.Delete("b");
        Assert.Empty(_directory.List());
    }

    [Fact]
    public void A_lock_keeps_others_out_until_it_is_given_back()
    {
        IDisposable? held = _directory.TryLock("lock");
        Assert.NotNull(held);
        Assert.Null(_directory.TryLock("lock"));
        held.Dispose();
        using IDisposable? again = _directory.TryLock("lock");
        Assert.NotNull(again);
    }

    [Fact]
    public void What_the_operating_system_refuses_is_a_storage_failure_that_names_operation_and_path()
    {
        StorageFailedException e = Assert.Throws<StorageFailedException>(() => _directory.Open("none"));
        Assert.Equal("open", e.Operation);
        Assert.Equal(Path.Combine(_path, "none"), e.Path);
        Assert.Throws<StorageFailedException>(() => _directory.Rename("none", "other"));
        Assert.Throws<StorageFailedException>(() => _directory.Create("no/such/place"));
        Assert.Throws<StorageFailedException>(() => _directory.TryLock("no/such/place"));
        Assert.Throws<StorageFailedException>(() => FileSystemDirectory.OpenExisting(Path.Combine(_path, "none")));
        Assert.Throws<StorageFailedException>(() => FileSystemDirectory.OpenOrCreate("/proc/none"));
        using IStorageFile file = _directory.Create("a");
        Assert.Throws<StorageFailedException>(() => file.Map(100));
    }

    private static unsafe byte[] Bytes(IStorageMapping mapping, int offset, int count) => new ReadOnlySpan<byte>((byte*)mapping.Address + offset, count).ToArray();
}
