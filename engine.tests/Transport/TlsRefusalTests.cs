using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Bench.Measuring;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests.Transport;

/// <summary>What must not get in under TLS, in both directions, and what each end is told.</summary>
public sealed class TlsRefusalTests : IAsyncLifetime
{
    private const string ServerUsage = "1.3.6.1.5.5.7.3.1"; // RFC 5280 §4.2.1.12
    private const string ClientUsage = "1.3.6.1.5.5.7.3.2";

    private readonly TlsNodes _nodes = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _nodes.StopAsync();

    // What the other node is, what node 1 says of it where it listens, and where it dials.
    [Theory]
    [InlineData("another root", "is refused (", "is refused (")]
    [InlineData("expired", "NotTimeValid", "NotTimeValid")]
    [InlineData("not yet valid", "NotTimeValid", "NotTimeValid")]
    [InlineData("revoked", "is revoked.", "is revoked.")]
    [InlineData("revoked, says the callback", "is revoked.", "is revoked.")]
    [InlineData("the callback throws", "the TLS handshake failed", "the TLS handshake failed")]
    [InlineData("for clients only", null, "NotValidForUsage")]
    [InlineData("for servers only", "NotValidForUsage", null)]
    [InlineData("another node's", "/3, not for raft://6f0c1d2e-3a4b-4c5d-8e6f-708192a3b4c5/2.", "/3, not for raft://")]
    [InlineData("another cluster's", "is for raft://00000000-", "is for raft://00000000-")]
    [InlineData("of no node", "is for https://example.org/", "is for https://example.org/")]
    [InlineData("plaintext", "it speaks plaintext, and this node TLS", "the TLS handshake failed")]
    public async Task A_node_is_refused_in_both_directions(string kind, string? whereItListens, string? whereItDials)
    {
        X509Certificate2? other = CertificateOf(kind);
        TlsCredentials own = new(_nodes.Authority.Issue(Sample.Cluster, 1), [_nodes.Authority.Root])
        {
            RevokedSerialNumbers = kind == "revoked" ? [Colons(other!.SerialNumber)] : [],
        };
        TlsOptions options = new()
        {
            Credentials = () => own,
            IsRevoked = certificate => kind switch
            {
                "revoked, says the callback" => certificate.SerialNumber == other!.SerialNumber,
                "the callback throws" => throw new InvalidOperationException("No answer."),
                _ => false,
            },
        };
        (TcpTransport one, RecordingReceiver receivedByOne) = await _nodes.StartAsync(1, options);
        (TcpTransport two, RecordingReceiver receivedByTwo) = await _nodes.StartAsync(
            2, other is null ? null : TlsNodes.Careless(other, _nodes.Authority.Root));

        if (whereItListens is not null)
        {
            await _nodes.LoggedAsync(1, 3008, whereItListens);
            Assert.False(two.Send(Sample.Numbered(2, 1, 1), default));
        }

        if (whereItDials is not null)
        {
            await _nodes.LoggedAsync(1, 3005, whereItDials);
            Assert.False(one.Send(Sample.Numbered(1, 2, 1), default));
            Assert.Equal(0, receivedByTwo.Count);
        }

        Assert.Equal(0, receivedByOne.Count);
    }

    [Fact]
    public async Task A_dialer_without_a_certificate_is_refused()
    {
        (TcpTransport one, _) = await StartOneAsync();
        using SslStream stranger = await TlsNodes.DialAsync(one.LocalEndPoint, null, SslProtocols.Tls13);
        await EndedAsync(stranger);
        await _nodes.LoggedAsync(1, 3008, "it shows no certificate.");
    }

    [Fact]
    public async Task A_node_speaks_for_itself_only()
    {
        (TcpTransport one, RecordingReceiver received) = await StartOneAsync();
        using SslStream two = await TlsNodes.DialAsync(one.LocalEndPoint, _nodes.Authority.Issue(Sample.Cluster, 2));
        await two.WriteAsync(RawPeer.Hello(Sample.Identity(2), 1));
        byte[] answer = new byte[HelloFormat.Bytes];
        await two.ReadExactlyAsync(answer).AsTask().WaitAsync(RecordingReceiver.Deadline);
        Assert.True(HelloFormat.TryRead(answer, out Hello hello, out _));
        Assert.Equal(HelloOutcome.Accepted, hello.Outcome);
        await two.WriteAsync(RawPeer.Frame(Sample.Numbered(2, 1, 5), []));
        await received.UntilReceived(1);

        await two.WriteAsync(RawPeer.Frame(Sample.Numbered(3, 1, 6), [])); // "from" node 3
        await EndedAsync(two);
        await _nodes.LoggedAsync(1, 3009, "node 2");
        Assert.Equal(1, received.Count);
    }

    [Fact]
    public async Task A_hello_for_another_node_than_the_certificates_is_answered_so()
    {
        (TcpTransport one, _) = await StartOneAsync();
        using SslStream two = await TlsNodes.DialAsync(one.LocalEndPoint, _nodes.Authority.Issue(Sample.Cluster, 2));
        await two.WriteAsync(RawPeer.Hello(Sample.Identity(3), 1));
        byte[] answer = new byte[HelloFormat.Bytes];
        await two.ReadExactlyAsync(answer).AsTask().WaitAsync(RecordingReceiver.Deadline);
        Assert.True(HelloFormat.TryRead(answer, out Hello hello, out _));
        Assert.Equal(HelloOutcome.OtherCertificate, hello.Outcome);
        await EndedAsync(two);
    }

    [Fact]
    public async Task Tls_1_1_is_refused()
    {
        (TcpTransport one, _) = await StartOneAsync();
        using RawPeer old = await RawPeer.DialAsync(one.LocalEndPoint);
        await old.SendAsync(ClientHelloOfTls11());
        byte[] alert = await old.ReceiveAsync(7);
        Assert.Equal(21, alert[0]); // RFC 5246 §6.2.1: an alert
        Assert.Equal(70, alert[6]); // §7.2: protocol_version
        await _nodes.LoggedAsync(1, 3008, "the TLS handshake failed");
    }

    [Fact]
    public async Task Tls_1_2_is_enough()
    {
        (TcpTransport one, RecordingReceiver received) = await StartOneAsync();
        using SslStream two = await TlsNodes.DialAsync(one.LocalEndPoint, _nodes.Authority.Issue(Sample.Cluster, 2), SslProtocols.Tls12);
        await two.WriteAsync((byte[])[.. RawPeer.Hello(Sample.Identity(2), 1), .. RawPeer.Frame(Sample.Numbered(2, 1, 5), [])]);
        await received.UntilReceived(1);
    }

    [Fact]
    public async Task Tls_to_a_node_without_it_is_told_at_both_ends()
    {
        await _nodes.StartAsync(1, null);
        await _nodes.StartAsync(2, _nodes.Authority.OptionsOf(Sample.Cluster, 2));
        await _nodes.LoggedAsync(1, 3008, "it speaks TLS, and this node plaintext: give both TcpTransportOptions.Tls.");
        await _nodes.LoggedAsync(2, 3008, "it speaks plaintext, and this node TLS: give both TcpTransportOptions.Tls.");
    }

    // Where a peer stops: before its first byte, within the handshake's first message, after it, and before its hello.
    [Theory]
    [InlineData(0, "the TLS handshake took too long.")]
    [InlineData(1, "the TLS handshake took too long.")]
    [InlineData(2, "the TLS handshake took too long.")]
    [InlineData(3, "it said no hello in time.")]
    public async Task A_slow_peer_is_let_go_of_at_each_step(int step, string reason)
    {
        (TcpTransport one, _) = await StartOneAsync(TcpNodes.Soon);
        using RawPeer slow = await RawPeer.DialAsync(one.LocalEndPoint);
        byte[] recorded = await RecordClientHelloAsync();
        SslStream? secured = null;
        switch (step)
        {
            case 1:
                await slow.DripUntilClosedAsync(recorded);
                break;
            case 2:
                await slow.SendAsync(recorded);
                break;
            case 3:
                secured = await TlsNodes.DialAsync(one.LocalEndPoint, _nodes.Authority.Issue(Sample.Cluster, 2));
                break;
        }

        await _nodes.LoggedAsync(1, 3010, reason);
        await Eventually.True(() => one.IncomingCount == 0, "nothing is left of it");
        secured?.Dispose();
    }

    [Fact]
    public async Task A_listener_that_never_answers_is_given_up()
    {
        using Socket silent = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        silent.Listen();
        _nodes.Peers[2] = silent.LocalEndPoint!;
        await StartOneAsync(TcpNodes.Soon);
        await _nodes.LoggedAsync(1, 3004, "no end of the TLS handshake in time.");
    }

    [Fact]
    public async Task Handshakes_that_are_not_ended_displace_only_each_other()
    {
        (TcpTransport one, _) = await StartOneAsync();
        (TcpTransport two, RecordingReceiver received) = await _nodes.StartAsync(2, _nodes.Authority.OptionsOf(Sample.Cluster, 2));
        byte[] hello = await RecordClientHelloAsync();
        List<RawPeer> strangers = [];
        for (int i = 0; i < 40; i++)
        {
            RawPeer stranger = await RawPeer.DialAsync(one.LocalEndPoint);
            await stranger.SendAsync(hello);
            strangers.Add(stranger);
        }

        await TcpNodes.ReachedAsync(one, 1, received, 2, 1);
        Assert.InRange(one.IncomingCount, 0, 8);
        strangers.ForEach(static stranger => stranger.Dispose());
    }

    [Fact]
    public async Task A_start_with_another_nodes_certificate_is_refused()
    {
        ArgumentException refused = await Assert.ThrowsAsync<ArgumentException>(
            () => _nodes.StartAsync(1, _nodes.Authority.OptionsOf(Sample.Cluster, 2)));
        Assert.Contains(
            $"is for {TlsOptions.NameOf(Sample.Cluster, 2)}, not for {TlsOptions.NameOf(Sample.Cluster, 1)}. Give it one with",
            refused.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_may_say_which_node_a_certificate_belongs_to()
    {
        TlsOptions OptionsOf(ulong node)
        {
            TlsCredentials credentials = new(
                _nodes.Authority.Issue(Sample.Cluster, node, name: $"spiffe://example.org/raft/{node}"), [_nodes.Authority.Root]);
            return new TlsOptions
            {
                Credentials = () => credentials,
                IsCertificateOf = static (certificate, cluster, id) => cluster == Sample.Cluster && certificate.Subject == $"CN=node {id}",
            };
        }

        (TcpTransport one, _) = await _nodes.StartAsync(1, OptionsOf(1));
        (_, RecordingReceiver received) = await _nodes.StartAsync(2, OptionsOf(2));
        await TcpNodes.ReachedAsync(one, 1, received, 2, 1);
    }

    private static string Colons(string number) =>
        string.Join(':', number.Chunk(2).Select(static two => new string(two).ToLowerInvariant()));

    private static async Task EndedAsync(SslStream stream)
    {
        try
        {
            Assert.Equal(0, await stream.ReadAsync(new byte[1]).AsTask().WaitAsync(RecordingReceiver.Deadline));
        }
        catch (IOException)
        {
            // By an alert: ended all the same.
        }
    }

    private static byte[] ClientHelloOfTls11()
    {
        byte[] body = [0x03, 0x02, .. new byte[32], 0, 0, 6, 0x00, 0x2F, 0x00, 0x35, 0xC0, 0x13, 1, 0];
        byte[] handshake = [1, 0, 0, (byte)body.Length, .. body];
        return [0x16, 0x03, 0x02, 0, (byte)handshake.Length, .. handshake];
    }

    // What a client sends first.
    private static async Task<byte[]> RecordClientHelloAsync()
    {
        using MemoryStream sent = new();
        using SslStream client = new(new FirstWords(sent));
        await Record.ExceptionAsync(() => client.AuthenticateAsClientAsync("localhost"));
        return sent.ToArray();
    }

    private async Task<(TcpTransport Transport, RecordingReceiver Receiver)> StartOneAsync(TimeSpan? handshakeTimeout = null) =>
        await _nodes.StartAsync(1, _nodes.Authority.OptionsOf(Sample.Cluster, 1), handshakeTimeout);

    private X509Certificate2? CertificateOf(string kind)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        TestAuthority authority = _nodes.Authority;
        switch (kind)
        {
            case "plaintext":
                return null;
            case "another root":
                using (TestAuthority stranger = new()) // with the same name
                {
                    return stranger.Issue(Sample.Cluster, 2);
                }

            case "expired":
                return authority.Issue(Sample.Cluster, 2, now.AddDays(-3), now.AddDays(-1));
            case "not yet valid":
                return authority.Issue(Sample.Cluster, 2, now.AddDays(1), now.AddDays(3));
            case "for clients only":
                return authority.Issue(Sample.Cluster, 2, usages: [ClientUsage]);
            case "for servers only":
                return authority.Issue(Sample.Cluster, 2, usages: [ServerUsage]);
            case "another node's":
                return authority.Issue(Sample.Cluster, 3);
            case "another cluster's":
                return authority.Issue(Guid.Empty, 2);
            case "of no node":
                return authority.Issue(Sample.Cluster, 2, name: "https://example.org/");
            default:
                return authority.Issue(Sample.Cluster, 2);
        }
    }

    // Keeps what is written, and has nothing to read.
    private sealed class FirstWords(MemoryStream sent) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(0);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => sent.WriteAsync(buffer, cancellationToken);

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => 0;

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => sent.Write(buffer, offset, count);
    }
}
