using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Simulate.Disk;
using RaftEngine.Storage;
using Xunit;

namespace RaftEngine.Tests.Storage;

/// <summary>The fake keeps the contract of the real one, and loses what a real one may lose, and nothing else.</summary>
public sealed class FakeDirectoryTests : StorageContract, IDisposable
{
    private readonly FakeDisk _disk = new();

    public FakeDirectoryTests() => Directory = _disk.OpenDirectory();

    private protected override IStorageDirectory Directory { get; }

    public void Dispose() => _disk.Dispose();

    [Fact]
    public void A_name_survives_once_the_directory_is_synced_and_content_once_the_file_is()
    {
        IStorageFile file = Directory.Create("a");
        file.Write([1, 2], 0);
        Assert.Equal(["", "a:", "a:00-00", "a:01-02"], Outcomes());
        file.Sync();
        Assert.Equal(["", "a:01-02"], Outcomes());
        Directory.Sync();
        Assert.Equal(["a:01-02"], Outcomes());
        file.Write([3], 1);
        file.Write([4], 1);
        Assert.Equal(["a:01-02", "a:01-03", "a:01-04"], Outcomes());
        Directory.Sync();
        Assert.Equal(["a:01-02", "a:01-03", "a:01-04"], Outcomes());
        file.Sync();
        Assert.Equal(["a:01-04"], Outcomes());
    }

    [Fact]
    public void A_rename_is_all_or_nothing_and_so_is_a_deletion()
    {
        PutSynced("a", 1);
        PutSynced("b", 2);
        Directory.Rename("a", "b");
        Assert.Equal(["a:01 b:02", "b:01"], Outcomes());
        Directory.Sync();
        Directory.Delete("b");
        Assert.Equal(["", "b:01"], Outcomes());
        Directory.Sync();
        Assert.Equal([""], Outcomes());
    }

    [Fact]
    public void A_page_is_torn_between_sectors_only_if_that_is_asked_for()
    {
        IStorageFile file = PutSynced("a", new byte[4096]);
        byte[] ones = new byte[4096];
        ones.AsSpan().Fill(1);
        file.Write(ones, 0);
        Assert.Equal(2, Outcomes().Count);
        HashSet<string> torn = [];
        for (int seed = 0; seed < 3000; seed++)
        {
            Random random = new(seed);
            using DiskImage left = _disk.Image.AfterPowerLoss(random.Next, bySector: true);
            byte[] content = left.FileOf("a").Content.ToArray();
            Assert.All(content.Chunk(DiskFile.SectorBytes), sector => Assert.Single(sector.Distinct()));
            torn.Add(Convert.ToHexString(content));
        }

        Assert.Equal(256, torn.Count);
    }

    [Fact]
    public void A_sync_vouches_for_what_was_written_before_it_began()
    {
        IStorageFile file = PutSynced("a", 1);
        file.Write([2], 0);
        _disk.DuringNextSync = () => file.Write([3], 0);
        file.Sync();
        Assert.Equal(["a:02", "a:03"], Outcomes());
        file.Sync();
        Assert.Equal(["a:03"], Outcomes());
    }

    [Fact]
    public void After_a_failed_sync_no_later_one_can_be_believed()
    {
        IStorageFile file = PutSynced("a", 1);
        file.Write([2], 0);
        _disk.FailingCall = _disk.Calls + 1;
        Assert.Equal("sync", Assert.Throws<StorageFailedException>(file.Sync).Operation);
        file.Sync();
        Assert.Equal(["a:01", "a:02"], Outcomes());
    }

    [Fact]
    public void A_loss_of_power_keeps_what_is_chosen_and_a_new_handle_sees_it()
    {
        IStorageFile file = PutSynced("a", 1);
        file.Write([2], 0);
        IDisposable? held = Directory.TryLock("lock");
        _disk.LosePower();
        using IStorageFile after = _disk.OpenDirectory().Open("a");
        Assert.Equal([1], Content(after));
        Assert.NotNull(held);
        Assert.NotNull(Directory.TryLock("lock"));
        _disk.FlipBit("a", 0, 7);
        Assert.Equal([129], Content(after));
    }

    [Fact]
    public void A_full_disk_refuses_what_would_grow_a_file_and_nothing_else()
    {
        _disk.Room = 4096;
        using IStorageFile file = Directory.Create("a");
        file.Write(new byte[4096], 0);
        file.Write([1], 5);
        Assert.Equal("write", Assert.Throws<StorageFailedException>(() => file.Write([1], 4096)).Operation);
        Assert.Equal(4096, file.Length);
        _disk.Room++;
        file.Write([1], 4096);
        Assert.Equal(4097, file.Length);
    }

    [Fact]
    public async Task A_stalled_sync_returns_when_it_is_released()
    {
        using IStorageFile file = PutSynced("a", 1);
        using ManualResetEventSlim stall = new();
        _disk.Stall = stall;
        Task sync = Task.Run(file.Sync);
        Assert.True(_disk.Stalled.Wait(TimeSpan.FromMinutes(1)));
        file.Write([2], 0);
        Assert.False(sync.IsCompleted);
        stall.Set();
        await sync;
        Assert.Equal(["a:01", "a:02"], Outcomes());
    }

    private IStorageFile PutSynced(string name, params byte[] content)
    {
        IStorageFile file = Directory.Create(name);
        file.Write(content, 0);
        file.Sync();
        Directory.Sync();
        return file;
    }

    // Every state a loss of power may leave, pages being whole.
    private List<string> Outcomes()
    {
        SortedSet<string> outcomes = new(StringComparer.Ordinal);
        ChoiceSpace space = ChoiceSpace.Of(_disk.Image, bySector: false);
        for (long number = 0; number < space.Size; number++)
        {
            using DiskImage left = _disk.Image.AfterPowerLoss(space.Choices(number), bySector: false);
            outcomes.Add(string.Join(' ', left.Names.Keys.Select(name => $"{name}:{BitConverter.ToString(left.FileOf(name).Content.ToArray())}")));
        }

        return [.. outcomes];
    }
}
