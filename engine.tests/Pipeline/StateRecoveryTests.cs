using System;
using System.IO;
using RaftEngine.Log;
using RaftEngine.Pipeline;
using RaftEngine.Protocol;
using RaftEngine.Simulate.Disk;
using RaftEngine.Snapshots;
using Xunit;

namespace RaftEngine.Tests.Pipeline;

/// <summary>A start finds a log that has not given way to the newest snapshot: a crash came in between.</summary>
public sealed class StateRecoveryTests : IDisposable
{
    private const ulong LeadersChain = 0xC0FFEE;

    private readonly FakeDisk _disk = new(1 << 20);
    private readonly RaftOptions _options = new()
    {
        NodeId = 1,
        Voters = [1, 2, 3],
        ClusterId = Guid.NewGuid(),
        DataDirectory = "unused",
    };

    public void Dispose() => _disk.Dispose();

    [Theory]
    [InlineData(5)]
    [InlineData(10)]
    [InlineData(11)]
    public void A_log_with_an_entry_of_another_term_at_the_snapshots_index_gives_way(long index)
    {
        FillLog(entries: 10, term: 2);
        WriteSnapshot(index, term: 3, LeadersChain);

        using DataDirectory data = Open();
        RestoredState start = Restore(data);

        Assert.Equal(index, start.Index);
        Assert.Equal((index + 1, index), (data.Log.FirstIndex, data.Log.LastIndex));
        Assert.Equal((3, LeadersChain), (data.Log.TermAt(index), data.Log.ChainAt(index)));
    }

    [Fact]
    public void A_log_with_the_snapshots_entry_is_kept()
    {
        ulong chain = FillLog(entries: 10, term: 2);
        WriteSnapshot(10, term: 2, chain);

        using DataDirectory data = Open();
        Restore(data);

        Assert.Equal((1, 10), (data.Log.FirstIndex, data.Log.LastIndex));
    }

    [Fact]
    public void A_log_with_the_snapshots_term_but_another_history_is_refused()
    {
        FillLog(entries: 10, term: 2);
        WriteSnapshot(5, term: 2, LeadersChain);

        using DataDirectory data = Open();
        Assert.Throws<SnapshotCorruptedException>(() => Restore(data));
        Assert.Equal((1, 10), (data.Log.FirstIndex, data.Log.LastIndex));
    }

    private RestoredState Restore(DataDirectory data) =>
        StateRecovery.Restore(data, _options, static state => state.CopyTo(Stream.Null));

    private DataDirectory Open() => DataDirectory.Open(
        _disk.OpenDirectory(),
        new LogOptions
        {
            ClusterId = _options.ClusterId,
            GroupId = 0,
            NodeId = 1,
            SegmentSizeBytes = 64 << 10,
            MaxPayloadBytes = 1 << 10,
        });

    private ulong FillLog(int entries, long term)
    {
        using DataDirectory data = Open();
        for (int i = 0; i < entries; i++)
        {
            data.Log.Append(EntryKind.Command, term, "entry"u8);
        }

        data.Log.Flush();
        return data.Log.ChainAt(entries);
    }

    private void WriteSnapshot(long index, long term, ulong chain)
    {
        byte[] configuration = new byte[ConfigurationFormat.LengthOf(_options.Configuration)];
        ConfigurationFormat.Write(configuration, _options.Configuration);
        SnapshotHeader header = new(Guid.NewGuid(), _options.ClusterId, 0, index, term, chain, configuration);
        new SnapshotStore(_disk.OpenDirectory()).Write(header, static stream => stream.Write("state"u8));
    }
}
