using System;
using System.IO;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Simulate.Disk;
using RaftEngine.Snapshots;
using RaftEngine.Storage;
using RaftEngine.Tests.Snapshots;
using Xunit;

namespace RaftEngine.Tests.Log;

/// <summary>
/// After a sync that failed, the page cache has data that the disk does not have, and further syncs seem to succeed. A
/// process that is started again on the same machine sees it: what it then takes for durable must be.
/// </summary>
public sealed class FailedSyncTests : IDisposable
{
    private static readonly LogOptions Options = new()
    {
        ClusterId = Guid.NewGuid(),
        GroupId = 1,
        NodeId = 1,
        SegmentSizeBytes = 64 << 10,
        MaxPayloadBytes = 1 << 10,
        MaxUnsyncedBytes = 256 << 10,
    };

    private readonly FakeDisk _disk = new(1 << 20);
    private int _syncsToFailure = -1;

    public FailedSyncTests()
    {
        _disk.Interferes = (operation, path) => operation == "sync" && _syncsToFailure-- == 0 ? Failed(path) : null;
    }

    public void Dispose() => _disk.Dispose();

    [Theory]
    [InlineData(10)]    // in the segment that was synced before
    [InlineData(200)]   // through a roll
    public void Records_that_a_start_finds_outlive_the_power_whatever_became_of_their_sync(int records)
    {
        for (int failing = 0; failing < 6; failing++)
        {
            using FakeDisk disk = new(1 << 20);
            bool fails = false;
            int syncs = failing;
            disk.Interferes = (operation, path) => fails && operation == "sync" && syncs-- == 0 ? Failed(path) : null;
            DataDirectory first = DataDirectory.Open(disk.OpenDirectory(), Options);
            Append(first, 3);
            fails = true;
            Exception? failure = Record.Exception(() => Append(first, records));
            fails = false;
            first.Abandon();

            string found;
            using (DataDirectory second = DataDirectory.Open(disk.OpenDirectory(), Options))
            {
                found = Describe(second.Log);
                Assert.True(failure is not null || second.Log.LastIndex == 3 + records);
                second.Abandon();
            }

            disk.LosePower();
            using DataDirectory third = DataDirectory.Open(disk.OpenDirectory(), Options);
            Assert.Equal(found, Describe(third.Log));
            third.Abandon();
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_vote_that_a_start_finds_outlives_the_power_whatever_became_of_its_sync(int failing)
    {
        DataDirectory first = DataDirectory.Open(_disk.OpenDirectory(), Options);
        first.HardState.Save(new HardState(3, 1));
        _syncsToFailure = failing;
        Assert.Throws<StorageFailedException>(() => first.HardState.Save(new HardState(4, 2)));
        first.Abandon();

        DataDirectory second = DataDirectory.Open(_disk.OpenDirectory(), Options);
        HardState found = second.HardState.Current;
        second.Abandon();
        _disk.LosePower();

        using DataDirectory third = DataDirectory.Open(_disk.OpenDirectory(), Options);
        Assert.Equal(found, third.HardState.Current);
        third.Abandon();
    }

    [Fact]
    public void A_snapshot_that_goes_on_arriving_after_a_failed_sync_is_on_disk_once_it_is_in_place()
    {
        byte[] state = SnapshotSamples.State(300_000);
        using FakeDisk leaders = new(1 << 20);
        SnapshotSamples.Write(leaders.OpenDirectory(), 7, state);
        byte[] file = leaders.Image.FileOf(SnapshotFormat.NameOf(7)).Content.ToArray();
        IStorageDirectory directory = _disk.OpenDirectory();
        long next;
        using (IncomingSnapshot first = IncomingSnapshot.Begin(directory, file, 1 << 30))
        {
            first.TryAdd(first.NextOffset, file.AsSpan((int)first.NextOffset));
            Assert.True(first.IsComplete);
            _syncsToFailure = 0;
            Assert.Throws<StorageFailedException>(first.Complete);
            next = first.NextOffset;
        }

        using (IncomingSnapshot second = IncomingSnapshot.TryResume(directory, 1 << 30)!)
        {
            Assert.Equal(next, second.NextOffset);
            second.Complete();
        }

        _disk.LosePower();
        Assert.Equal(state, SnapshotSamples.Read(_disk.OpenDirectory())!.Value.State);
    }

    [Fact]
    public void Both_slots_of_the_logs_beginning_are_on_disk_once_it_is_opened_again_after_a_failed_sync()
    {
        bool fails = false;
        int syncs = 0;
        _disk.Interferes = (operation, path) => fails && operation == "sync" && path.EndsWith(LogStartFile.Name, StringComparison.Ordinal) && ++syncs == 2 ? Failed(path) : null;
        LogOptions inline = Options with { Scheduler = InlineScheduler.Instance };
        DataDirectory first = DataDirectory.Open(_disk.OpenDirectory(), inline);
        Append(first, 200);
        fails = true;
        first.Log.CompactTo(100);
        Assert.Equal(2, syncs);
        first.Abandon();

        DataDirectory second = DataDirectory.Open(_disk.OpenDirectory(), inline);
        long beginning = second.Log.FirstIndex;
        Assert.True(beginning > 1);
        second.Abandon();
        _disk.LosePower();
        _disk.Image.FileOf(LogStartFile.Name).Content[..512].Fill(0xEE);

        using DataDirectory third = DataDirectory.Open(_disk.OpenDirectory(), inline);
        Assert.Equal(beginning, third.Log.FirstIndex);
        third.Abandon();
    }

    private static StorageFailedException Failed(string path) => new("sync", path, new IOException("Input/output error"));

    private static void Append(DataDirectory data, int records)
    {
        for (int i = 0; i < records; i++)
        {
            data.Log.Append(EntryKind.Command, 1, new byte[900]);
            data.Log.Flush();
            SyncTicket ticket = data.Log.PrepareSync();
            data.Log.Sync(ticket);
            data.Log.CompleteSync(ticket);
        }
    }

    private static string Describe(SegmentedLog log) => $"{log.FirstIndex} to {log.LastIndex}, {log.ChainAt(log.LastIndex):x}";
}
