using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Storage;
using Xunit;

namespace RaftEngine.Tests.Storage;

/// <summary>What the log relies on, whatever the storage.</summary>
public abstract class StorageContract
{
    private protected abstract IStorageDirectory Directory { get; }

    [Fact]
    public void What_is_written_is_read_back_and_seen_by_a_mapping_made_before()
    {
        using IStorageFile file = Directory.Create("a");
        file.Write(new byte[8192], 0);
        file.Sync();
        using IStorageMapping mapping = file.Map(8192);
        file.Write([1, 2, 3], 5000);
        mapping.Populate();
        Assert.Equal(8192, file.Length);
        byte[] read = new byte[5];
        Assert.Equal(5, file.Read(read, 4999));
        Assert.Equal([0, 1, 2, 3, 0], read);
        Assert.Equal([0, 1, 2, 3, 0], Bytes(mapping, 4999, 5));
        Assert.Equal(2, file.Read(read, 8190));
        Assert.Equal(0, file.Read(read, 9000));
    }

    [Fact]
    public void A_write_behind_the_end_leaves_zeros_in_between()
    {
        using IStorageFile file = Directory.Create("a");
        file.Write([1], 0);
        file.Write([2], 4999);
        Assert.Equal(5000, file.Length);
        byte[] read = new byte[5000];
        Assert.Equal(5000, file.Read(read, 0));
        Assert.Equal(1, read[0]);
        Assert.Equal(2, read[4999]);
        Assert.True(read.AsSpan(1, 4998).IndexOfAnyExcept((byte)0) < 0);
        file.Write([], 9000);
        Assert.Equal(5000, file.Length);
    }

    [Fact]
    public void A_mapping_outlives_its_file_and_the_files_name()
    {
        IStorageFile file = Directory.Create("a");
        file.Write([7, 8, 9], 0);
        using IStorageMapping mapping = file.Map(3);
        file.Dispose();
        Directory.Rename("a", "b");
        Assert.Equal([7, 8, 9], Bytes(mapping, 0, 3));
        Directory.Delete("b");
        Assert.Equal([7, 8, 9], Bytes(mapping, 0, 3));
        Assert.Empty(Directory.List());
        mapping.Dispose();
        mapping.Dispose();
        file.Dispose();
    }

    [Fact]
    public void An_open_file_follows_its_renaming_and_outlives_its_deletion()
    {
        using IStorageFile file = Directory.Create("a");
        file.Write([1], 0);
        Directory.Rename("a", "b");
        file.Write([2], 1);
        file.Sync();
        using (IStorageFile again = Directory.Open("b"))
        {
            Assert.Equal([1, 2], Content(again));
            again.Write([3], 2);
        }

        Directory.Delete("b");
        file.Write([4], 3);
        file.Sync();
        Assert.Equal([1, 2, 3, 4], Content(file));
        using IStorageFile other = Directory.Create("b");
        Assert.Equal(0, other.Length);
        Assert.Equal(4, file.Length);
    }

    [Fact]
    public void Names_are_created_emptied_replaced_renamed_and_deleted()
    {
        using (IStorageFile file = Directory.Create("a"))
        {
            file.Write([1], 0);
        }

        using (IStorageFile file = Directory.Create("a"))
        {
            Assert.Equal(0, file.Length);
            file.Write([2], 0);
        }

        Directory.Create("b").Dispose();
        Assert.Equal(["a", "b"], Directory.List().Order());
        Directory.Rename("a", "b");
        Directory.Sync();
        Assert.Equal(["b"], Directory.List());
        using (IStorageFile? file = Directory.OpenForReading("b"))
        {
            Assert.Equal([2], Content(file!));
            Assert.Throws<StorageFailedException>(() => file!.Write([3], 0));
        }

        Assert.Null(Directory.OpenForReading("a"));
        Directory.Delete("b");
        Directory.Delete("b");
        Assert.Empty(Directory.List());
        Directory.Create("c").Dispose();
        Directory.DeleteGently("c");
        Directory.DeleteGently("c");
        Assert.Empty(Directory.List());
    }

    [Fact]
    public void A_file_that_is_created_anew_leaves_the_old_one_to_those_who_hold_it()
    {
        using IStorageFile held = Directory.Create("a");
        held.Write([1, 2, 3], 0);
        using IStorageMapping mapping = held.Map(3);
        using IStorageFile created = Directory.Create("a");
        Assert.Equal(0, created.Length);
        Assert.Equal([1, 2, 3], Content(held));
        Assert.Equal([1, 2, 3], Bytes(mapping, 0, 3));
        Assert.Equal(["a"], Directory.List());
    }

    [Fact]
    public void A_lock_keeps_others_out_until_it_is_given_back()
    {
        IDisposable? held = Directory.TryLock("lock");
        Assert.NotNull(held);
        Assert.Null(Directory.TryLock("lock"));
        held.Dispose();
        using IDisposable? again = Directory.TryLock("lock");
        Assert.NotNull(again);
        Assert.Equal(["lock"], Directory.List());
    }

    [Fact]
    public void What_is_refused_is_a_storage_failure_that_names_operation_and_path()
    {
        StorageFailedException e = Assert.Throws<StorageFailedException>(() => Directory.Open("none"));
        Assert.Equal("open", e.Operation);
        Assert.Equal(System.IO.Path.Combine(Directory.Path, "none"), e.Path);
        Assert.Equal("rename", Assert.Throws<StorageFailedException>(() => Directory.Rename("none", "other")).Operation);
        Assert.Equal("create", Assert.Throws<StorageFailedException>(() => Directory.Create("no/such/place")).Operation);
        Assert.Equal("lock", Assert.Throws<StorageFailedException>(() => Directory.TryLock("no/such/place")).Operation);
        using IStorageFile file = Directory.Create("a");
        Assert.Equal("map", Assert.Throws<StorageFailedException>(() => file.Map(100)).Operation);
    }

    [Fact]
    public async Task One_thread_syncs_while_another_writes()
    {
        using IStorageFile file = Directory.Create("a");
        file.Write(new byte[4096], 0);
        using CancellationTokenSource end = new();
        int syncs = 0;
        Task syncing = Task.Run(() =>
        {
            while (!end.IsCancellationRequested)
            {
                file.Sync();
                syncs++;
            }
        });
        for (int i = 0; i < 256 || (Volatile.Read(ref syncs) == 0 && !syncing.IsCompleted); i++)
        {
            file.Write([(byte)i], i % 256);
        }

        await end.CancelAsync();
        await syncing;
        Assert.Equal(Enumerable.Range(0, 256).Select(i => (byte)i), Content(file).Take(256));
    }

    private protected static unsafe byte[] Bytes(IStorageMapping mapping, int offset, int count) => new ReadOnlySpan<byte>((byte*)mapping.Address + offset, count).ToArray();

    private protected static byte[] Content(IStorageFile file)
    {
        byte[] content = new byte[file.Length];
        Assert.Equal(content.Length, file.Read(content, 0));
        return content;
    }
}
