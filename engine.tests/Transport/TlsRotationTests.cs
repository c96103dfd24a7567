using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Bench.Measuring;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests.Transport;

/// <summary>Certificates that change while nodes run.</summary>
public sealed class TlsRotationTests
{
    private static readonly TimeSpan Age = TimeSpan.FromMilliseconds(300);

    [Fact]
    public async Task A_root_is_replaced_under_load_and_no_command_fails()
    {
        using TemporaryDirectory directory = new();
        using TestAuthority before = new("CN=before");
        using TestAuthority after = new("CN=after");
        TlsCredentials[] current = [.. Enumerable.Range(0, 4).Select(id => before.CredentialsOf(Sample.Cluster, (ulong)id))];
        Dictionary<ulong, EndPoint> peers = FreePorts.EndPoints(3);
        ListLogger logger = new();
        RaftNode<int>[] nodes = await Task.WhenAll(peers.Keys.Select(id => RaftNode.StartAsync(
            new RaftOptions
            {
                NodeId = id,
                Voters = [1, 2, 3],
                ClusterId = Sample.Cluster,
                DataDirectory = directory.Sub($"{id}"),
                Durability = Durability.None,
                ElectionTimeout = TimeSpan.FromSeconds(2),
            },
            new CountingState(),
            new TcpTransport(new TcpTransportOptions
            {
                ListenEndPoint = (IPEndPoint)peers[id],
                Peers = peers,
                Tls = new TlsOptions { Credentials = () => Volatile.Read(ref current[id]), MaxConnectionAge = Age },
                Logger = logger,
            })).AsTask()));
        RaftNode<int> leader = await Eventually.NotNull(() => Array.Find(nodes, static node => node.Status.Role == RaftRole.Leader), "a node leads");
        using CancellationTokenSource stop = new();
        int commands = 0;
        Task[] callers = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await leader.ProposeAsync(new byte[100]);
                Interlocked.Increment(ref commands);
                await Task.Yield();
            }
        }))];

        X509Certificate2Collection both = [before.Root, after.Root];
        await UseAsync(id => new TlsCredentials(before.Issue(Sample.Cluster, id), both));
        await UseAsync(id => new TlsCredentials(after.Issue(Sample.Cluster, id), both));
        await UseAsync(id => new TlsCredentials(after.Issue(Sample.Cluster, id), [after.Root]));
        await stop.CancelAsync();
        await Task.WhenAll(callers); // none has failed

        Assert.Equal(RaftRole.Leader, leader.Status.Role);
        Assert.True(commands > 100);
        Assert.Contains(logger.Lines(3003), static line => line.Contains("made anew", StringComparison.Ordinal));
        await Task.WhenAll(nodes.Select(static node => node.DisposeAsync().AsTask()));

        // Every node has shown its new certificate, on connections both from and to it: those before have ended.
        async Task UseAsync(Func<ulong, TlsCredentials> credentialsOf)
        {
            foreach (ulong id in peers.Keys)
            {
                Volatile.Write(ref current[id], credentialsOf(id));
            }

            string[] numbers = [.. peers.Keys.Select(id => current[id].Certificate.SerialNumber)];
            await Eventually.True(
                () => numbers.All(number => logger.Lines(3019).Any(line => line.Contains(number, StringComparison.Ordinal))),
                "all use their new certificates");
            await Task.Delay(2 * Age);
        }
    }

    [Fact]
    public async Task A_node_that_is_revoked_is_cut_off_when_its_connections_are_old()
    {
        TlsNodes nodes = new();
        try
        {
            TlsCredentials own = nodes.Authority.CredentialsOf(Sample.Cluster, 1);
            TlsCredentials other = nodes.Authority.CredentialsOf(Sample.Cluster, 2);
            TlsCredentials current = own;
            (TcpTransport one, RecordingReceiver received) = await nodes.StartAsync(
                1, new TlsOptions { Credentials = () => Volatile.Read(ref current), MaxConnectionAge = Age });
            (TcpTransport two, _) = await nodes.StartAsync(2, new TlsOptions { Credentials = () => other }); // would keep its connections for a day
            await TcpNodes.ReachedAsync(two, 2, received, 1, 1);

            Volatile.Write(ref current, new TlsCredentials(own.Certificate, own.Authorities) { RevokedSerialNumbers = [other.Certificate.SerialNumber] });
            await nodes.LoggedAsync(1, 3008, "is revoked.");
            await Eventually.True(() => !two.Send(Sample.Numbered(2, 1, 2), default), "it has no connection any more");
        }
        finally
        {
            await nodes.StopAsync();
        }
    }

    private sealed class CountingState : IStateMachine<int>
    {
        private int _count;

        public int Apply(in LogEntry entry) => ++_count;
    }
}
