using System;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>What the connections of one replica share.</summary>
internal sealed class KvService
{
    private readonly byte[]? _passwordHash;

    /// <summary>A service in front of one replica.</summary>
    /// <param name="replica">The replica.</param>
    /// <param name="redisPeers">Where all replicas serve clients.</param>
    /// <param name="password">The password that clients give first; null for none.</param>
    public KvService(IKvReplica replica, PeerMap redisPeers, byte[]? password = null)
    {
        Replica = replica;
        RedisPeers = redisPeers;
        _passwordHash = password is null ? null : SHA256.HashData(password);
        Held = new HeldBytes(Limits.MaxHeldBytes);
    }

    public IKvReplica Replica { get; }

    public PeerMap RedisPeers { get; }

    /// <summary>What administers the replica; null where nothing does.</summary>
    public IKvAdministration? Administration { get; init; }

    /// <summary>Tells which replicas serve clients; null where all do.</summary>
    public PeerWatch? Watch { get; init; }

    public KvLimits Limits
    {
        get;
        init
        {
            field = value;
            Held = new HeldBytes(value.MaxHeldBytes);
        }
    }

        = new();

    /// <summary>What is held for all clients.</summary>
    public HeldBytes Held { get; private init; }

    /// <summary>The connections there are, by their number.</summary>
    public ConcurrentDictionary<long, KvConnection> Connections { get; } = new();

    /// <summary>When the service began.</summary>
    public DateTimeOffset Started { get; } = DateTimeOffset.UtcNow;

    /// <summary>True if clients must give a password first.</summary>
    public bool NeedsPassword => _passwordHash is not null;

    /// <summary>True if clients beyond this machine are turned away, because there is no password.</summary>
    public bool IsProtected { get; init; } = true;

    /// <summary>True if this is the password. Takes as long whatever differs.</summary>
    public bool IsPassword(ReadOnlySpan<byte> password) => _passwordHash is not null && CryptographicOperations.FixedTimeEquals(SHA256.HashData(password), _passwordHash);

    /// <summary>
    /// The replica that clients of a cluster are told is the master: the one that leads. While none is known to, or
    /// that one serves no clients any more, it is this one, which
    /// takes commands and sends them on: so clients that lose the leader go on at once, without waiting for the next.
    /// </summary>
    public ulong MasterOf(in RaftStatus status) =>
        status.LeaderId != 0 && Watch?.IsServing(status.LeaderId) != false ? status.LeaderId : status.NodeId;

    /// <summary>The name of a replica among clients of Redis Cluster: 40 digits.</summary>
    public static string NameOf(ulong nodeId) => nodeId.ToString("x40", System.Globalization.CultureInfo.InvariantCulture);
}
