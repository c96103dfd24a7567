using System;
using System.Collections.Generic;
using System.Net;
using Microsoft.Extensions.Logging;

namespace RaftEngine.Transport;

/// <summary>How a <see cref="TcpTransport"/> is set up. Every bound has its unit in its name or here, and a default that suits a local network.</summary>
public sealed class TcpTransportOptions
{
    /// <summary>Where this node listens for its peers. Port 0 takes a free one; <see cref="TcpTransport.LocalEndPoint"/> tells which.</summary>
    public required IPEndPoint ListenEndPoint { get; init; }

    /// <summary>
    /// Where the other nodes listen, by node id: an <see cref="IPEndPoint"/> or a <see cref="DnsEndPoint"/>. An entry for this node itself is ignored. A node that is not
    /// there is looked for again when it dials or is sent to, and an address for every attempt to connect: with a thread-safe dictionary, nodes may be added and moved while
    /// the transport runs. A node once known stays known. Names are resolved on threads of the transport's own, at every attempt; if a host has several addresses, each is tried.
    /// </summary>
    public required IReadOnlyDictionary<ulong, EndPoint> Peers { get; init; }

    /// <summary>How long a connection to a peer may take to come about. Default 1 s; 10 ms to 60 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long the exchange of hellos may take, from the first byte expected to the last, at either end. Default 2 s; 10 ms to 60 s.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long a connection on which something is under way may make no progress before it is dropped: the next 256 KiB, or the rest if it is less, must have gone out,
    /// been acknowledged by the peer's operating system (Linux), or come in. A connection on which nothing is under way may rest for as long as it likes.
    /// Default 5 s; 50 ms to 10 min.
    /// </summary>
    public TimeSpan ProgressTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The wait before the first attempt to reconnect; it doubles with every one that fails, and each is shortened at random by up to a half, so that
    /// nodes do not dial in step. Default 20 ms; 1 ms to <see cref="ReconnectDelayMax"/>.</summary>
    public TimeSpan ReconnectDelayMin { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>The longest wait between two attempts to reconnect. Default 500 ms; up to 60 s.</summary>
    public TimeSpan ReconnectDelayMax { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How many incoming connections may be open: more than there are peers. Each peer makes two; a second one is not taken where it would leave another peer no room for
    /// its first. Default 64; 2 to 4096.</summary>
    public int MaxIncomingConnections { get; init; } = 64;

    /// <summary>How many of them may be still before the end of their handshake; one more displaces the oldest of these. Default 16; 1 to 1024.</summary>
    public int MaxPendingHandshakes { get; init; } = 16;

    /// <summary>The largest frame, header and body together, in bytes. It must hold the largest entry of this node's own. Frames with entries or a snapshot
    /// of other nodes may have up to 16 MiB and a header whatever it is. Default 20 MiB; 4 KiB to 256 MiB.</summary>
    public int MaxFrameBytes { get; init; } = 20 << 20;

    /// <summary>
    /// How many bytes may wait for one peer on each of its two connections; beyond it messages are dropped. A single
    /// larger frame still goes, alone. Default 32 MiB; 64 KiB to 256 MiB.
    /// </summary>
    public int MaxPendingBytes { get; init; } = 32 << 20;

    /// <summary>Secures the connections between nodes. Null, the default, for plaintext: then the transport listens on
    /// loopback only, unless <see cref="AllowPlaintext"/> says otherwise.</summary>
    public TlsOptions? Tls { get; init; }

    /// <summary>True to listen beyond this machine without <see cref="Tls"/>: all that reaches the port can read, write and
    /// stop the cluster, which a warning says at the start. Default false.</summary>
    public bool AllowPlaintext { get; init; }

    /// <summary>Where the transport tells why it drops or refuses connections. Default: nowhere.</summary>
    public ILogger? Logger { get; init; }

    /// <summary>The newest version of the protocol that is spoken: less than this release's own stands for an older one.</summary>
    internal ushort NewestVersion { get; init; } = FrameFormat.Version;

    /// <summary>Checks every bound.</summary>
    /// <exception cref="ArgumentException">Options are outside their bounds; the message names each, its value and the
    /// bounds.</exception>
    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(ListenEndPoint);
        ArgumentNullException.ThrowIfNull(Peers);
        OptionChecks checks = new(nameof(TcpTransportOptions));
        checks.Within(ConnectTimeout, TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(60), nameof(ConnectTimeout));
        checks.Within(HandshakeTimeout, TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(60), nameof(HandshakeTimeout));
        checks.Within(ProgressTimeout, TimeSpan.FromMilliseconds(50), TimeSpan.FromMinutes(10), nameof(ProgressTimeout));
        checks.Within(ReconnectDelayMax, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(60), nameof(ReconnectDelayMax));
        checks.Require(ReconnectDelayMin >= TimeSpan.FromMilliseconds(1), nameof(ReconnectDelayMin), ReconnectDelayMin, $"{TimeSpan.FromMilliseconds(1)} at least");
        checks.Fit(
            ReconnectDelayMin <= ReconnectDelayMax,
            nameof(ReconnectDelayMin),
            ReconnectDelayMin,
            TimeSpan.FromMilliseconds(20),
            $"{ReconnectDelayMax} at the most",
            nameof(ReconnectDelayMax),
            ReconnectDelayMax,
            $"{ReconnectDelayMin} at least");
        checks.Within(MaxIncomingConnections, 2, 4096, nameof(MaxIncomingConnections));
        checks.Fit(
            MaxIncomingConnections > Peers.Count,
            nameof(MaxIncomingConnections),
            MaxIncomingConnections,
            64,
            $"{Peers.Count + 1} at least",
            nameof(Peers),
            $"a list of {Peers.Count} nodes",
            $"one of {MaxIncomingConnections - 1} at the most");
        checks.Within(MaxPendingHandshakes, 1, 1024, nameof(MaxPendingHandshakes));
        Tls?.Check(checks);
        checks.Require(
            Tls is not null || AllowPlaintext || IPAddress.IsLoopback(ListenEndPoint.Address),
            nameof(ListenEndPoint),
            ListenEndPoint,
            $"an address of loopback as long as the connections are plaintext; set {nameof(Tls)}, or, within a network that is trusted, "
                + $"{nameof(AllowPlaintext)}");
        checks.Within(MaxFrameBytes, 4 << 10, 256 << 20, nameof(MaxFrameBytes));
        checks.Within(MaxPendingBytes, 64 << 10, 256 << 20, nameof(MaxPendingBytes));
        foreach ((ulong nodeId, EndPoint endPoint) in Peers)
        {
            checks.Require(nodeId != 0, nameof(Peers), nodeId, "node ids other than 0");
            checks.Require(endPoint is IPEndPoint or DnsEndPoint, nameof(Peers), endPoint, $"an {nameof(IPEndPoint)} or a {nameof(DnsEndPoint)} for each node");
        }

        checks.ThrowIfAny();
    }
}
