using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Host;
using RaftEngine.Log;
using RaftEngine.Pipeline;
using RaftEngine.Protocol;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests.Versions;

/// <summary>What stands in a log while releases are mixed, and what an earlier or a later release has written.</summary>
public sealed class ClusterVersionTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Only_what_all_members_read_is_written(bool hasEarlier)
    {
        InMemoryNetwork network = new();
        RaftNode<long>[] nodes = await Task.WhenAll(((ulong[])[1, 2, 3]).Select(id =>
        {
            IRaftTransport transport = network.CreateTransport(id);
            return RaftNode.StartAsync(
                Options(id) with
                {
                    Voters = [1, 2, 3],
                    FingerprintInterval = 16,
                    ElectionTimeout = TimeSpan.FromSeconds(1),
                    ElectionPriority = id == 1 ? 10 : 0,
                },
                new SumState(),
                hasEarlier && id == 3 ? new EarlierRelease(transport) : transport).AsTask();
        }));
        RaftNode<long> leader = nodes[0];
        await leader.WaitForLeadershipAsync().WaitAsync(Patience);
        int expected = hasEarlier ? ClusterVersions.First : ClusterVersions.Newest;
        await Eventually.True(() => leader.Status.ClusterVersion == expected, $"the version is {expected}");
        for (int i = 0; i < 50; i++)
        {
            await leader.ProposeAsync(BitConverter.GetBytes(1L));
        }

        long last = leader.Status.LastIndex;
        await Task.WhenAll(nodes.Select(static node => node.DisposeAsync().AsTask()));
        bool hasFingerprint = false;
        using DataDirectory data = DataDirectory.Open(_directory.Sub("1"), RaftNode.LogOptionsOf(Options(1)));
        for (long index = 1; index <= Math.Min(last, data.Log.LastIndex); index++)
        {
            hasFingerprint |= data.Log.Read(index).Kind == EntryKind.Fingerprint;
        }

        Assert.Equal(!hasEarlier, hasFingerprint);
    }

    [Fact]
    public void A_member_that_was_never_met_counts_as_the_first_version()
    {
        PeerComparison peers = new(1, new RaftHandshake { ClusterVersion = 5 }, HostLogger.None);
        Configuration members = new(1, 2, 3);
        Assert.Equal(ClusterVersions.First, peers.ClusterVersion(members));
        peers.Meet(2, new RaftHandshake { ClusterVersion = 7 });
        Assert.Equal(ClusterVersions.First, peers.ClusterVersion(members));
        peers.Meet(3, new RaftHandshake { ClusterVersion = 4 });
        Assert.Equal(4, peers.ClusterVersion(members));
        int meetings = peers.Meetings;
        peers.Meet(3, new RaftHandshake { ClusterVersion = 4 });
        Assert.Equal(meetings, peers.Meetings);
        peers.Meet(3, new RaftHandshake { ClusterVersion = 6 }); // it was upgraded
        Assert.Equal(5, peers.ClusterVersion(members));
        Assert.Equal(5, peers.ClusterVersion(new Configuration(1)));
    }

    [Theory]
    [InlineData(77, null)]
    [InlineData(130, "is of kind 130, which this release (0.1.0) does not know and may not skip. A later release wrote it")]
    public async Task An_entry_of_a_later_release_is_skipped_or_stops_the_node(byte kind, string? message)
    {
        RaftOptions options = Options(1);
        await using (RaftNode<long> before = await RaftNode.StartAsync(options, new SumState(), new InMemoryNetwork().CreateTransport(1)))
        {
            await before.WaitForLeadershipAsync().WaitAsync(Patience);
            Assert.Equal(5, (await before.ProposeAsync(BitConverter.GetBytes(5L))).Result);
        }

        long index;
        using (DataDirectory data = DataDirectory.Open(options.DataDirectory, RaftNode.LogOptionsOf(options)))
        {
            index = data.Log.Append((EntryKind)kind, data.HardState.Current.Term, new byte[20]);
            SyncTicket ticket = data.Log.PrepareSync();
            data.Log.Sync(ticket);
            data.Log.CompleteSync(ticket);
        }

        SumState state = new();
        RaftNode<long> node = await RaftNode.StartAsync(options, state, new InMemoryNetwork().CreateTransport(1));
        if (message is null)
        {
            await node.WaitForLeadershipAsync().WaitAsync(Patience);
            Assert.Equal(6, (await node.ProposeAsync(BitConverter.GetBytes(1L))).Result);
            Assert.True(node.Status.AppliedIndex > index);
            await node.DisposeAsync();
            return;
        }

        LaterReleaseException stopped = await Assert.ThrowsAsync<LaterReleaseException>(() => node.Completion.WaitAsync(Patience));
        Assert.StartsWith($"The entry at index {index} {message}", stopped.Message, StringComparison.Ordinal);
        Assert.Equal(5, state.Sum);
        using DataDirectory left = DataDirectory.Open(options.DataDirectory, RaftNode.LogOptionsOf(options));
        Assert.True(left.Log.LastIndex >= index); // nothing is lost
    }

    // Written by the release before fingerprints: 2,000 commands that add 0 to 1,999, a session and its command, which adds 5;
    // three segments, of which the first begins behind compacted entries, and a snapshot.
    [Fact]
    public async Task A_directory_of_the_release_before_opens_and_is_gone_on_with()
    {
        RaftOptions options = Options(1);
        await ZipFile.ExtractToDirectoryAsync(
            typeof(ClusterVersionTests).Assembly.GetManifestResourceStream("directory-before-fingerprints.zip")!, options.DataDirectory);
        SumState state = new();
        await using RaftNode<long> node = await RaftNode.StartAsync(options, state, new InMemoryNetwork().CreateTransport(1));
        Assert.Equal((904, 1508), (node.Status.FirstIndex, node.Status.SnapshotIndex));
        await node.WaitForLeadershipAsync().WaitAsync(Patience);
        await node.WaitForAppliedAsync(2004).WaitAsync(Patience);
        Assert.Equal(1_999_005, state.Sum);
        Assert.Equal(1_999_006, (await node.ProposeAsync(BitConverter.GetBytes(1L))).Result);
    }

    private RaftOptions Options(ulong id) => new()
    {
        NodeId = id,
        Voters = [id],
        ClusterId = new Guid("6f0c1d2e-3a4b-4c5d-8e6f-708192a3b4c5"),
        DataDirectory = _directory.Sub($"{id}"),
        SegmentSizeBytes = 64 << 10,
        MaxCommandBytes = 4 << 10,
        RetainedLogBytes = 1 << 20,
        ElectionTimeout = TimeSpan.FromMilliseconds(300),
    };

    private sealed class SumState : ISnapshotStateMachine<long>, IResultFormat<long>, IFingerprintedState
    {
        private long _sum;

        public long Sum => Volatile.Read(ref _sum);

        public long Apply(in LogEntry entry) => _sum += BitConverter.ToInt64(entry.Payload);

        public ulong Fingerprint() => (ulong)_sum;

        public Action<Stream> CaptureSnapshot()
        {
            byte[] bytes = BitConverter.GetBytes(_sum);
            return stream => stream.Write(bytes);
        }

        public void RestoreSnapshot(Stream stream)
        {
            byte[] bytes = new byte[sizeof(long)];
            stream.ReadExactly(bytes);
            _sum = BitConverter.ToInt64(bytes);
        }

        public void WriteResult(long result, System.Buffers.IBufferWriter<byte> destination)
        {
            BitConverter.TryWriteBytes(destination.GetSpan(sizeof(long)), result);
            destination.Advance(sizeof(long));
        }

        public long ReadResult(ReadOnlySpan<byte> bytes) => BitConverter.ToInt64(bytes);
    }

    // Tells of itself what the first release does.
    private sealed class EarlierRelease(IRaftTransport inner) : IRaftTransport
    {
        public int MaxBodyBytes => inner.MaxBodyBytes;

        public ValueTask StartAsync(RaftIdentity identity, IRaftReceiver receiver, CancellationToken cancellationToken) => inner.StartAsync(
            identity with { Handshake = identity.Handshake! with { ClusterVersion = ClusterVersions.First } }, receiver, cancellationToken);

        public bool Send(in Message message, ReadOnlySpan<byte> body) => inner.Send(in message, body);

        public void Flush() => inner.Flush();

        public void Disconnect(ulong nodeId) => inner.Disconnect(nodeId);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
