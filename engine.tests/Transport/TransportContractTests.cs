using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Protocol;
using RaftEngine.Tests.Support;
using Xunit;

namespace RaftEngine.Tests.Transport;

/// <summary>What every transport does.</summary>
public abstract class TransportContractTests : IAsyncLifetime
{
    private readonly List<IRaftTransport> _transports = [];

    /// <summary>A transport of one node of the cluster of nodes 1, 2 and 3, not yet started.</summary>
    private protected abstract IRaftTransport Create(ulong nodeId);

    /// <summary>Told when a transport listens.</summary>
    private protected virtual void Started(ulong nodeId, IRaftTransport transport)
    {
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (IRaftTransport transport in _transports)
        {
            await transport.DisposeAsync();
        }
    }

    [Fact]
    public async Task Messages_arrive_once_and_in_the_order_in_which_they_were_sent()
    {
        (Node one, Node two) = await StartPairAsync();
        for (int batch = 0; batch < 100; batch++)
        {
            for (int i = 0; i < 20; i++)
            {
                Assert.True(one.Transport.Send(Sample.Numbered(1, 2, (batch * 20) + i), default));
            }

            one.Transport.Flush();
        }

        await two.Receiver.UntilReceived(2000);
        Assert.Equal(Enumerable.Range(0, 2000).Select(i => (long)i), two.Receiver.Received.Select(r => r.Message.Index));
        Assert.Equal(0, two.Receiver.Overlaps);
    }

    [Fact]
    public async Task Every_kind_arrives_with_every_field_as_it_was()
    {
        (Node one, Node two) = await StartPairAsync();
        MessageKind[] kinds = [.. Enum.GetValues<MessageKind>().Where(kind => kind != MessageKind.None)];
        foreach (MessageKind kind in kinds)
        {
            Assert.True(one.Transport.Send(Sample.Full(kind, 1, 2), default));
        }

        one.Transport.Flush();
        await two.Receiver.UntilReceived(kinds.Length);
        Assert.Equal(kinds.Select(kind => Sample.Full(kind, 1, 2)), two.Receiver.Received.Select(r => r.Message).OrderBy(message => message.Kind)); // those of one lane in order
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(65_376)]
    [InlineData(65_377)]
    [InlineData(1 << 20)]
    [InlineData(16 << 20)]
    public async Task A_body_arrives_as_it_was_between_two_messages_without_one(int length)
    {
        (Node one, Node two) = await StartPairAsync();
        byte[] body = Sample.Body(length, seed: length);
        Assert.True(one.Transport.Send(Sample.Numbered(1, 2, 1), default));
        Assert.True(one.Transport.Send(Sample.Full(MessageKind.AppendRequest, 1, 2), body));
        one.Transport.Flush();
        await two.Receiver.UntilReceived(2);
        Assert.True(one.Transport.Send(Sample.Numbered(1, 2, 3), default));
        one.Transport.Flush();
        await two.Receiver.UntilReceived(3);
        Assert.Empty(two.Receiver.Received[0].Body);
        Assert.True(body.AsSpan().SequenceEqual(two.Receiver.Received[1].Body));
        Assert.Empty(two.Receiver.Received[2].Body);
    }

    [Fact]
    public async Task Both_directions_and_all_pairs_carry_at_once()
    {
        Node[] nodes = [await StartAsync(1), await StartAsync(2), await StartAsync(3)];
        foreach (Node from in nodes)
        {
            foreach (Node to in nodes.Where(to => to != from))
            {
                await LinkedAsync(from, to.Id);
            }
        }

        await Task.WhenAll(nodes.Select(from => Task.Run(() =>
        {
            for (int i = 0; i < 500; i++)
            {
                foreach (Node to in nodes.Where(to => to != from))
                {
                    Assert.True(from.Transport.Send(Sample.Numbered(from.Id, to.Id, i), Sample.Body(i, i)));
                }

                from.Transport.Flush();
            }
        })));

        foreach (Node to in nodes)
        {
            await to.Receiver.UntilReceived(1000);
            foreach (Node from in nodes.Where(from => from != to))
            {
                IEnumerable<long> numbers = to.Receiver.Received.Where(r => r.Message.From == from.Id).Select(r => r.Message.Index);
                Assert.Equal(Enumerable.Range(0, 500).Select(i => (long)i), numbers);
            }

            Assert.Equal(0, to.Receiver.Overlaps);
        }
    }

    [Fact]
    public async Task Nothing_is_sent_to_a_node_that_is_not_a_peer_or_is_this_node()
    {
        (Node one, _) = await StartPairAsync();
        Assert.False(one.Transport.Send(Sample.Numbered(1, 77, 1), default));
        Assert.False(one.Transport.Send(Sample.Numbered(1, 1, 1), default));
        one.Transport.Flush();
    }

    [Fact]
    public async Task A_message_to_a_peer_that_is_not_there_is_dropped_without_an_exception()
    {
        Node one = await StartAsync(1);
        Assert.False(one.Transport.Send(Sample.Numbered(1, 2, 1), default));
        one.Transport.Flush();
    }

    [Fact]
    public async Task A_busy_receiver_is_offered_the_message_again_and_loses_none()
    {
        (Node one, Node two) = await StartPairAsync();
        int offers = 0;
        two.Receiver.Answer = _ => ++offers % 3 == 0 ? ReceiveResult.Accepted : ReceiveResult.Busy;
        for (int i = 0; i < 30; i++)
        {
            Assert.True(one.Transport.Send(Sample.Numbered(1, 2, i), Sample.Body(100, i)));
            one.Transport.Flush();
        }

        await two.Receiver.UntilReceived(30);
        Assert.Equal(Enumerable.Range(0, 30).Select(i => (long)i), two.Receiver.Received.Select(r => r.Message.Index));
        Assert.All(two.Receiver.Received, r => Assert.Equal(Sample.Body(100, (int)r.Message.Index), r.Body));
    }

    [Fact]
    public async Task A_peer_whose_receiver_stays_busy_holds_up_no_other_peer()
    {
        Node one = await StartAsync(1);
        Node two = await StartAsync(2);
        Node three = await StartAsync(3);
        await LinkedAsync(one, 2);
        await LinkedAsync(one, 3);
        two.Receiver.Answer = _ => ReceiveResult.Busy;
        for (int i = 0; i < 100; i++)
        {
            one.Transport.Send(Sample.Numbered(1, 2, i), default);
            Assert.True(one.Transport.Send(Sample.Numbered(1, 3, i), default));
            one.Transport.Flush();
        }

        await three.Receiver.UntilReceived(100);
        Assert.Empty(two.Receiver.Received);
    }

    [Fact]
    public async Task A_malformed_body_costs_what_is_on_its_way_and_the_sender_is_told_and_may_go_on()
    {
        (Node one, Node two) = await StartPairAsync();
        two.Receiver.Answer = message => message.Index == 13 ? ReceiveResult.Malformed : ReceiveResult.Accepted;
        int reports = one.Receiver.UnreachableReports(2);
        Assert.True(one.Transport.Send(Sample.Numbered(1, 2, 13), Sample.Body(64, 1)));
        one.Transport.Flush();
        await one.Receiver.Until(() => one.Receiver.UnreachableReports(2) > reports, "the sender was told");
        await ReachedAsync(one, two, number: 14);
        Assert.DoesNotContain(two.Receiver.Received, r => r.Message.Index == 13);
    }

    [Fact]
    public async Task A_peer_that_is_disconnected_is_told_and_may_come_back()
    {
        (Node one, Node two) = await StartPairAsync();
        await ReachedAsync(one, two, number: 1);
        int reports = one.Receiver.UnreachableReports(2);
        two.Transport.Disconnect(1);
        two.Transport.Disconnect(99);
        await one.Receiver.Until(() => one.Receiver.UnreachableReports(2) > reports, "the sender was told");
        await ReachedAsync(one, two, number: 2);
    }

    [Fact]
    public async Task A_stopped_receiver_is_offered_nothing_more_of_what_came_with_the_message()
    {
        (Node one, Node two) = await StartPairAsync();
        int offers = 0;
        two.Receiver.Answer = _ =>
        {
            offers++;
            return ReceiveResult.Stopped;
        };
        int reports = one.Receiver.UnreachableReports(2);
        for (int i = 0; i < 10; i++)
        {
            one.Transport.Send(Sample.Numbered(1, 2, i), default);
        }

        one.Transport.Flush();
        await one.Receiver.Until(() => one.Receiver.UnreachableReports(2) > reports, "the sender was told");
        Assert.Equal(1, offers);
        Assert.Empty(two.Receiver.Received);
    }

    [Fact]
    public async Task A_receiver_that_throws_takes_nothing_down_but_the_way_it_came_by()
    {
        (Node one, Node two) = await StartPairAsync();
        two.Receiver.Answer = message => message.Index == 13 ? throw new InvalidOperationException("on purpose") : ReceiveResult.Accepted;
        int reports = one.Receiver.UnreachableReports(2);
        Assert.True(one.Transport.Send(Sample.Numbered(1, 2, 13), default));
        one.Transport.Flush();
        await one.Receiver.Until(() => one.Receiver.UnreachableReports(2) > reports, "the sender was told");
        await ReachedAsync(one, two, number: 14);
    }

    [Fact]
    public async Task What_waits_for_a_peer_is_bounded()
    {
        (Node one, Node two) = await StartPairAsync();
        two.Receiver.Answer = _ => ReceiveResult.Busy;
        byte[] body = Sample.Body(256 << 10, 1);
        bool full = false;
        for (int i = 0; i < 10_000 && !full; i++)
        {
            full = !one.Transport.Send(Sample.Full(MessageKind.AppendRequest, 1, 2), body);
            one.Transport.Flush();
        }

        Assert.True(full);
    }

    [Fact]
    public async Task Disposing_is_idempotent_and_nothing_is_sent_afterwards()
    {
        (Node one, Node two) = await StartPairAsync();
        await Task.WhenAll(one.Transport.DisposeAsync().AsTask(), one.Transport.DisposeAsync().AsTask());
        await one.Transport.DisposeAsync();
        Assert.False(one.Transport.Send(Sample.Numbered(1, 2, 1), default));
        one.Transport.Flush();
        await two.Receiver.Until(() => two.Receiver.UnreachableReports(1) >= 2, "the other was told");
    }

    [Fact]
    public async Task A_transport_that_was_never_started_can_be_disposed_of_and_not_be_started_then()
    {
        IRaftTransport transport = Create(1);
        Assert.False(transport.Send(Sample.Numbered(1, 2, 1), default));
        transport.Flush();
        await transport.DisposeAsync();
        await transport.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await transport.StartAsync(Sample.Identity(1), new RecordingReceiver(), CancellationToken.None));
    }

    [Fact]
    public async Task A_transport_is_started_once()
    {
        Node one = await StartAsync(1);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await one.Transport.StartAsync(Sample.Identity(1), new RecordingReceiver(), CancellationToken.None));
    }

    [Fact]
    public async Task Nothing_reaches_a_receiver_whose_transport_is_disposed_of()
    {
        (Node one, Node two) = await StartPairAsync();
        using CancellationTokenSource stop = new();
        Task sending = Task.Run(() =>
        {
            for (int i = 0; !stop.IsCancellationRequested; i++)
            {
                one.Transport.Send(Sample.Numbered(1, 2, i), default);
                one.Transport.Flush();
            }
        });
        await two.Receiver.UntilReceived(100);
        int reports = one.Receiver.UnreachableReports(2);
        await two.Transport.DisposeAsync();
        int received = two.Receiver.Received.Count;
        await one.Receiver.Until(() => one.Receiver.UnreachableReports(2) > reports, "the sender was told");
        await stop.CancelAsync();
        await sending;
        Assert.Equal(received, two.Receiver.Received.Count);
    }

    [Fact]
    public async Task A_peer_that_restarts_is_reached_again_in_both_directions()
    {
        (Node one, Node two) = await StartPairAsync();
        for (int restart = 0; restart < 3; restart++)
        {
            int reports = one.Receiver.UnreachableReports(2);
            await two.Transport.DisposeAsync();
            await one.Receiver.Until(() => one.Receiver.UnreachableReports(2) > reports, "the sender was told");
            two = await StartAsync(2);
            await ReachedAsync(one, two, restart);
            await ReachedAsync(two, one, 1000 + restart);
        }
    }

    private protected sealed record Node(ulong Id, IRaftTransport Transport, RecordingReceiver Receiver);

    private protected async Task<Node> StartAsync(ulong nodeId)
    {
        IRaftTransport transport = Create(nodeId);
        _transports.Add(transport);
        RecordingReceiver receiver = new();
        await transport.StartAsync(Sample.Identity(nodeId), receiver, CancellationToken.None);
        Started(nodeId, transport);
        return new Node(nodeId, transport, receiver);
    }

    private protected async Task<(Node One, Node Two)> StartPairAsync()
    {
        Node one = await StartAsync(1);
        Node two = await StartAsync(2);
        await LinkedAsync(one, 2);
        await LinkedAsync(two, 1);
        return (one, two);
    }

    private protected static Task LinkedAsync(Node from, ulong to) =>
        from.Receiver.Until(() => from.Receiver.UnreachableReports(to) > 0, $"node {from.Id} reported its connection to node {to}");

    /// <summary>Sends until a message has arrived: around a broken connection some are lost.</summary>
    private protected static Task ReachedAsync(Node from, Node to, long number) => Eventually.True(
        () =>
        {
            from.Transport.Send(Sample.Numbered(from.Id, to.Id, number), default);
            from.Transport.Flush();
            return to.Receiver.Received.Any(r => r.Message.Index == number && r.Message.From == from.Id);
        },
        $"node {from.Id} reached node {to.Id}");
}
