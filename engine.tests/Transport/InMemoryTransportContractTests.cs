using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests.Transport;

public sealed class InMemoryTransportContractTests : TransportContractTests
{
    private readonly InMemoryNetwork _network = new();

    private protected override IRaftTransport Create(ulong nodeId) => _network.CreateTransport(nodeId);

    [Fact]
    public async Task A_cut_link_carries_nothing_one_way_and_everything_the_other_way()
    {
        (Node one, Node two) = await StartPairAsync();
        int reports = one.Receiver.UnreachableReports(2);
        _network.Disconnect(1, 2);
        Assert.True(one.Receiver.UnreachableReports(2) > reports);
        Assert.False(one.Transport.Send(Sample.Numbered(1, 2, 1), default));
        one.Transport.Flush();
        await ReachedAsync(two, one, 2);
        Assert.Empty(two.Receiver.Received);

        _network.Connect(1, 2);
        await ReachedAsync(one, two, 3);
        Assert.Equal(3, Assert.Single(two.Receiver.Received.Select(r => r.Message.Index).Distinct()));
    }

    [Fact]
    public async Task Cutting_a_link_loses_what_waits_on_it()
    {
        (Node one, Node two) = await StartPairAsync();
        Assert.True(one.Transport.Send(Sample.Numbered(1, 2, 1), default));
        _network.Disconnect(1, 2);
        _network.Connect(1, 2);
        one.Transport.Flush();
        await ReachedAsync(one, two, 2);
        Assert.DoesNotContain(two.Receiver.Received, r => r.Message.Index == 1);
    }

    [Fact]
    public async Task An_isolated_node_reaches_no_node_even_restarted_until_it_rejoins()
    {
        Node one = await StartAsync(1);
        Node two = await StartAsync(2);
        Node three = await StartAsync(3);
        _network.Isolate(2);
        await two.Transport.DisposeAsync();
        two = await StartAsync(2);
        Assert.False(one.Transport.Send(Sample.Numbered(1, 2, 1), default));
        Assert.False(two.Transport.Send(Sample.Numbered(2, 3, 1), default));
        Assert.True(one.Transport.Send(Sample.Numbered(1, 3, 1), default));
        one.Transport.Flush();
        await three.Receiver.UntilReceived(1);

        _network.Rejoin(2);
        await ReachedAsync(one, two, 2);
        await ReachedAsync(two, three, 3);
    }

    [Fact]
    public async Task Nodes_of_different_clusters_or_groups_are_not_linked()
    {
        Node one = await StartAsync(1);
        await using IRaftTransport otherCluster = _network.CreateTransport(2);
        await otherCluster.StartAsync(Sample.Identity(2) with { ClusterId = Guid.NewGuid() }, new RecordingReceiver(), CancellationToken.None);
        await using IRaftTransport otherGroup = _network.CreateTransport(3);
        await otherGroup.StartAsync(Sample.Identity(3) with { GroupId = Sample.Group + 1 }, new RecordingReceiver(), CancellationToken.None);
        Assert.False(one.Transport.Send(Sample.Numbered(1, 2, 1), default));
        Assert.False(one.Transport.Send(Sample.Numbered(1, 3, 1), default));
    }

    [Fact]
    public async Task A_node_has_one_transport_at_a_time_and_starts_it_as_itself()
    {
        IRaftTransport transport = _network.CreateTransport(1);
        Assert.Throws<InvalidOperationException>(() => _network.CreateTransport(1));
        await Assert.ThrowsAsync<ArgumentException>(async () => await transport.StartAsync(Sample.Identity(2), new RecordingReceiver(), CancellationToken.None));
        await transport.DisposeAsync();
        await _network.CreateTransport(1).DisposeAsync();
    }
}
