using System;
using System.IO;
using RaftEngine.Storage;

namespace RaftEngine.Simulate.Disk;

/// <summary>An open file of a <see cref="FakeDisk"/>.</summary>
internal sealed class FakeFile(FakeDisk disk, int number, string path, bool isReadOnly) : IStorageFile
{
    private readonly DiskFile _file = disk.Look(image => image.FileOf(number).Hold());
    private bool _isClosed;

    public long Length => disk.Look(_ => _file.Length);

    public void Write(ReadOnlySpan<byte> bytes, long offset)
    {
        if (isReadOnly)
        {
            throw new StorageFailedException("write", path, new UnauthorizedAccessException());
        }

        try
        {
            disk.Ask("write", path);
        }
        catch
        {
            Put(bytes[..(bytes.Length / 2)], offset); // a write that fails, or in which the process dies, may have written some of it
            throw;
        }

        Put(bytes, offset);
    }

    public int Read(Span<byte> buffer, long offset)
    {
        disk.Ask("read", path);
        byte[] read = new byte[buffer.Length];
        int count = disk.Look(_ =>
        {
            ReadOnlySpan<byte> rest = offset < _file.Length ? _file.Content[(int)offset..] : [];
            int taken = Math.Min(rest.Length, read.Length);
            rest[..taken].CopyTo(read);
            return taken;
        });
        read.AsSpan(0, count).CopyTo(buffer);
        return count;
    }

    public void Sync()
    {
        Do(DiskOperation.Kinds.BeginSync);
        disk.TakeDuringSync()?.Invoke();
        if (disk.Stall is { } stall)
        {
            disk.Stalled.Set();
            stall.Wait();
        }

        try
        {
            disk.Ask("sync", path);
        }
        catch (StorageFailedException)
        {
            Do(DiskOperation.Kinds.FailSync);
            throw;
        }
        catch
        {
            Do(DiskOperation.Kinds.AbandonSync);
            throw;
        }

        Do(DiskOperation.Kinds.EndSync);
    }

    public IStorageMapping Map(long length)
    {
        disk.Ask("map", path);
        if (length > Length)
        {
            throw new StorageFailedException("map", path, new IOException($"The file has {Length} bytes, and not {length}."));
        }

        return new FakeMapping(_file.Hold());
    }

    public void Dispose()
    {
        if (!_isClosed)
        {
            _isClosed = true;
            _file.Release();
            disk.Closed(number);
        }
    }

    private void Put(ReadOnlySpan<byte> bytes, long offset)
    {
        int end = checked((int)offset + bytes.Length);
        if (end > _file.Capacity)
        {
            throw new StorageFailedException("write", path, new IOException("File too large", 27));
        }

        disk.Grow(end - _file.Length, "write", path);
        disk.Do(new DiskOperation { Kind = DiskOperation.Kinds.Write, File = number, Offset = (int)offset, Bytes = bytes.ToArray() });
    }

    private void Do(DiskOperation.Kinds kind) => disk.Do(new DiskOperation { Kind = kind, File = number });
}
