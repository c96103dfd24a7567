using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using RaftEngine.Storage;

namespace RaftEngine.Simulate.Disk;

/// <summary>The directory of a <see cref="FakeDisk"/>.</summary>
internal sealed class FakeDirectory(FakeDisk disk) : IStorageDirectory
{
    public string Path => FakeDisk.DirectoryPath;

    public string[] List()
    {
        disk.Ask("list", Path);
        return disk.Look(static image => image.Names.Keys.ToArray());
    }

    public IStorageFile Create(string name)
    {
        disk.Ask("create", PathOf(name));
        RequirePlain("create", name);
        if (disk.Look(image => image.Names.ContainsKey(name)))
        {
            disk.Do(new DiskOperation { Kind = DiskOperation.Kinds.Delete, Name = name, File = Find("create", name) });
        }

        disk.Do(new DiskOperation { Kind = DiskOperation.Kinds.Create, Name = name, File = disk.NumberFile() });
        return new FakeFile(disk, Find("create", name), PathOf(name), isReadOnly: false);
    }

    public IStorageFile Open(string name)
    {
        disk.Ask("open", PathOf(name));
        return new FakeFile(disk, Find("open", name), PathOf(name), isReadOnly: false);
    }

    public IStorageFile? OpenForReading(string name)
    {
        disk.Ask("open", PathOf(name));
        return disk.Look(image => image.Names.ContainsKey(name)) ? new FakeFile(disk, Find("open", name), PathOf(name), isReadOnly: true) : null;
    }

    public void Rename(string from, string to)
    {
        disk.Ask("rename", PathOf(from));
        disk.Do(new DiskOperation { Kind = DiskOperation.Kinds.Rename, Name = from, NewName = to, File = Find("rename", from) });
    }

    public void DeleteGently(string name) => Delete(name);

    public void Delete(string name)
    {
        disk.Ask("delete", PathOf(name));
        if (disk.Look(image => image.Names.ContainsKey(name)))
        {
            disk.Do(new DiskOperation { Kind = DiskOperation.Kinds.Delete, Name = name, File = Find("delete", name) });
        }
    }

    public void Sync()
    {
        disk.Ask("directory sync", Path);
        disk.Do(new DiskOperation { Kind = DiskOperation.Kinds.SyncDirectory });
    }

    public IDisposable? TryLock(string name)
    {
        disk.Ask("lock", PathOf(name));
        RequirePlain("lock", name);
        if (!disk.TryHold(name))
        {
            return null;
        }

        if (!disk.Look(image => image.Names.ContainsKey(name)))
        {
            disk.Do(new DiskOperation { Kind = DiskOperation.Kinds.Create, Name = name, File = disk.NumberFile() });
        }

        return new Hold(disk, name);
    }

    public void Dispose()
    {
    }

    private static string PathOf(string name) => System.IO.Path.Combine(FakeDisk.DirectoryPath, name);

    private static void RequirePlain(string operation, string name)
    {
        if (name.Contains('/', StringComparison.Ordinal))
        {
            throw new StorageFailedException(operation, PathOf(name), new DirectoryNotFoundException());
        }
    }

    private int Find(string operation, string name) =>
        disk.Look(image => image.Names.GetValueOrDefault(name)) is int number and not 0
            ? number
            : throw new StorageFailedException(operation, PathOf(name), new FileNotFoundException());

    private sealed class Hold(FakeDisk disk, string name) : IDisposable
    {
        public void Dispose() => disk.Release(name);
    }
}
