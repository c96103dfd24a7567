using System;
using System.Collections.Concurrent;
using System.Linq;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Bench.Measuring;
using RaftEngine.Protocol;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests.Transport;

[Collection(RunsAlone.Name)]
public sealed class TransportAllocationTests
{
    private const int Windows = 6;
    private const int Rounds = 1_000;
    private const int MessagesPerRound = 8;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Tcp_allocates_nothing_for_a_message_on_any_thread(bool isSecured)
    {
        using TestAuthority authority = new();
        TlsOptions? TlsOf(ulong node) => isSecured ? authority.OptionsOf(Sample.Cluster, node) : null;
        ConcurrentDictionary<ulong, EndPoint> peers = new() { [1] = new IPEndPoint(IPAddress.Loopback, 1), [2] = new IPEndPoint(IPAddress.Loopback, 1) };
        await using TcpTransport one = new(new TcpTransportOptions { ListenEndPoint = new IPEndPoint(IPAddress.Loopback, 0), Peers = peers, Tls = TlsOf(1) });
        await using TcpTransport two = new(new TcpTransportOptions { ListenEndPoint = new IPEndPoint(IPAddress.Loopback, 0), Peers = peers, Tls = TlsOf(2) });
        await MeasureAsync(one, two, () => (peers[1], peers[2]) = (one.LocalEndPoint, two.LocalEndPoint));
    }

    [Fact]
    public async Task The_memory_network_allocates_nothing_for_a_message_on_any_thread()
    {
        InMemoryNetwork network = new();
        await using IRaftTransport one = network.CreateTransport(1);
        await using IRaftTransport two = network.CreateTransport(2);
        await MeasureAsync(one, two, static () => { });
    }

    private static async Task MeasureAsync(IRaftTransport one, IRaftTransport two, Action started)
    {
        using SignallingReceiver oneReceiver = new();
        using SignallingReceiver twoReceiver = new();
        await one.StartAsync(Sample.Identity(1), oneReceiver, CancellationToken.None);
        await two.StartAsync(Sample.Identity(2), twoReceiver, CancellationToken.None);
        started();
        byte[] body = new byte[3000];
        Message request = Sample.Full(MessageKind.AppendRequest, 1, 2);
        Message response = Sample.Full(MessageKind.AppendResponse, 2, 1);
        await Eventually.True(() => one.Send(in request, body) && two.Send(in response, default), "both are connected");

        // A thread of its own: a wait that yields, or that blocks the pool, would allocate by itself.
        TaskCompletionSource<AllocationWindow[]> measured = new(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                Exchange(Rounds);
                AllocationWindow[] windows = new AllocationWindow[Windows];
                for (int i = 0; i < Windows; i++)
                {
                    AllocationWindow window = AllocationWindow.Begin();
                    Exchange(Rounds);
                    windows[i] = window.End();
                }

                measured.SetResult(windows);
            }
            catch (TimeoutException exception)
            {
                measured.SetException(exception);
            }
        }).Start();
        AllocationWindow[] windows = await measured.Task;

        // What messages allocate is in every window; what the runtime does now and then (a pool thread more, say) is not. One byte in ten messages is none.
        Assert.True(windows.Min(static window => window.BytesOfWork) < Rounds * MessagesPerRound / 10, string.Join("; ", windows));

        void Exchange(int rounds)
        {
            for (int i = 0; i < rounds; i++)
            {
                for (int k = 0; k < 4; k++)
                {
                    one.Send(in request, body);
                    two.Send(in response, default);
                }

                one.Flush();
                two.Flush();
                twoReceiver.Await(4);
                oneReceiver.Await(4);
            }
        }
    }

    private sealed class SignallingReceiver : IRaftReceiver, IDisposable
    {
        private readonly SemaphoreSlim _received = new(0);

        public ReceiveResult Receive(in Message message, ReadOnlySpan<byte> body)
        {
            _received.Release();
            return ReceiveResult.Accepted;
        }

        public void Flush()
        {
        }

        public void ReportUnreachable(ulong nodeId)
        {
        }

        public void Await(int count)
        {
            for (int i = 0; i < count; i++)
            {
                if (!_received.Wait(RecordingReceiver.Deadline))
                {
                    throw new TimeoutException("A message did not arrive.");
                }
            }
        }

        public void Dispose() => _received.Dispose();
    }
}
