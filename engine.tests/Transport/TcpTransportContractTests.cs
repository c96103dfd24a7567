using System;
using System.Collections.Concurrent;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests.Transport;

public class TcpTransportContractTests : TransportContractTests
{
    // No process listens on port 1; each node's port is known once it has started.
    private readonly ConcurrentDictionary<ulong, EndPoint> _peers = new()
    {
        [1] = new IPEndPoint(IPAddress.Loopback, 1),
        [2] = new IPEndPoint(IPAddress.Loopback, 1),
        [3] = new IPEndPoint(IPAddress.Loopback, 1),
    };

    private protected virtual IPoller MakePoller() => OperatingSystem.IsLinux() ? new EpollPoller() : new SelectPoller();

    private protected virtual TlsOptions? MakeTls(ulong nodeId) => null;

    private protected override IRaftTransport Create(ulong nodeId) => new TcpTransport(
        new TcpTransportOptions { ListenEndPoint = new IPEndPoint(IPAddress.Loopback, 0), Peers = _peers, Tls = MakeTls(nodeId) }, MakePoller);

    private protected override void Started(ulong nodeId, IRaftTransport transport) => _peers[nodeId] = ((TcpTransport)transport).LocalEndPoint;

    [Fact]
    public async Task A_peer_is_found_by_the_name_of_its_host()
    {
        (Node one, Node two) = await StartPairAsync();
        int reports = one.Receiver.UnreachableReports(2);
        await two.Transport.DisposeAsync();
        await one.Receiver.Until(() => one.Receiver.UnreachableReports(2) > reports, "the sender was told");
        two = await StartAsync(2);
        _peers[2] = new DnsEndPoint("localhost", ((IPEndPoint)_peers[2]).Port);
        await ReachedAsync(one, two, 7);
    }

    [Fact]
    public async Task A_name_that_does_not_resolve_is_tried_again_and_the_transport_stops_meanwhile()
    {
        _peers[2] = new DnsEndPoint("no-such-host.invalid", 9);
        Node one = await StartAsync(1);
        Node two = await StartAsync(2);
        await LinkedAsync(two, 1);
        _peers[3] = new DnsEndPoint("no-such-host.invalid", 9);
        Assert.False(one.Transport.Send(Sample.Numbered(1, 3, 1), default));
        await ReachedAsync(one, two, 1);
        await one.Transport.DisposeAsync().AsTask().WaitAsync(RecordingReceiver.Deadline);
    }

    [Fact]
    public async Task The_receiver_may_have_its_transport_disposed_of()
    {
        (Node one, Node two) = await StartPairAsync();
        TaskCompletionSource<Task> disposal = new(TaskCreationOptions.RunContinuationsAsynchronously);
        two.Receiver.Answer = _ =>
        {
            disposal.TrySetResult(two.Transport.DisposeAsync().AsTask());
            return ReceiveResult.Accepted;
        };
        Assert.True(one.Transport.Send(Sample.Numbered(1, 2, 1), default));
        one.Transport.Flush();
        await (await disposal.Task.WaitAsync(RecordingReceiver.Deadline)).WaitAsync(RecordingReceiver.Deadline);
    }
}
