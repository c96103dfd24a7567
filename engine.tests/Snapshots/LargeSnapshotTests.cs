using System;
using System.IO;
using RaftEngine.Simulate.Disk;
using RaftEngine.Snapshots;
using RaftEngine.Storage;
using RaftEngine.Tests.Support;
using Xunit;

namespace RaftEngine.Tests.Snapshots;

/// <summary>A large snapshot comes and goes bit by bit, so that the log's syncs on the same disk never wait for all of it.</summary>
public sealed class LargeSnapshotTests
{
    private const int StateBytes = 9 << 20;
    private const int MostUnsyncedBytes = 1 << 20;

    private readonly byte[] _buffer = new byte[256 << 10];

    [Fact]
    public void What_arrives_is_synced_little_by_little()
    {
        using FakeDisk from = new(10 << 20);
        using FakeDisk to = new(10 << 20);
        SnapshotSamples.Write(from.OpenDirectory(), 42, new byte[StateBytes]);
        using OutgoingSnapshot outgoing = new SnapshotStore(from.OpenDirectory()).OpenNewestToSend()!;
        using IncomingSnapshot incoming = IncomingSnapshot.Begin(to.OpenDirectory(), _buffer.AsSpan(0, outgoing.Read(0, _buffer)), long.MaxValue);
        long synced = 0;
        to.Synced = () => synced = incoming.NextOffset;
        while (!incoming.IsComplete)
        {
            Assert.True(incoming.TryAdd(incoming.NextOffset, _buffer.AsSpan(0, outgoing.Read(incoming.NextOffset, _buffer))));
            Assert.InRange(incoming.NextOffset - synced, 0, MostUnsyncedBytes);
        }
    }

    [Fact]
    public void One_that_is_being_sent_or_read_is_whole_to_its_end_though_a_newer_one_has_replaced_it()
    {
        using TemporaryDirectory temporary = new();
        using FileSystemDirectory directory = FileSystemDirectory.OpenOrCreate(temporary.Path);
        SnapshotStore store = new(directory);
        store.Write(SnapshotSamples.Header(1), static stream => stream.Write(new byte[StateBytes]));
        using (OutgoingSnapshot outgoing = store.OpenNewestToSend()!)
        {
            using SnapshotReader reader = store.OpenNewest()!;
            store.Write(SnapshotSamples.Header(2), static stream => stream.Write(new byte[StateBytes]));
            Assert.Equal([SnapshotFormat.NameOf(2)], directory.List());
            long sent = 0;
            for (int read; (read = outgoing.Read(sent, _buffer)) > 0;)
            {
                sent += read;
            }

            Assert.Equal(outgoing.LengthInBytes, sent);
            using MemoryStream state = new();
            reader.CopyTo(state);
            Assert.Equal(StateBytes, state.Length);
        }

        using FileStream other = new(Path.Combine(temporary.Path, SnapshotFormat.NameOf(2)), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        store.Write(SnapshotSamples.Header(3), static stream => stream.Write(new byte[100]));
        Assert.Equal([SnapshotFormat.NameOf(3)], directory.List());
        Assert.InRange(other.Length, StateBytes, long.MaxValue); // a copy under way gets all of it
    }
}
