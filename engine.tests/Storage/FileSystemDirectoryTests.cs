using System;
using System.IO;
using RaftEngine.Storage;
using Xunit;

namespace RaftEngine.Tests.Storage;

public sealed class FileSystemDirectoryTests : StorageContract, IDisposable
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
}
