using System;
using System.Collections.Concurrent;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using System.Threading;
using RaftEngine.Samples.Kv.Store;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>What the connections of one replica share.</summary>
internal sealed class KvService
{
    private readonly byte[]? _passwordHash;
    private bool _isStopping;

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

    /// <summary>True if clients of a cluster are told that the slots are spread over all replicas: each takes commands,
    /// and sends writes on.</summary>
    public bool SpreadsSlots { get; init; }

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

    /// <summary>True once the replica stops: commands are refused, so that their clients know that nothing was done,
    /// and go elsewhere.</summary>
    public bool IsStopping { get => Volatile.Read(ref _isStopping); set => Volatile.Write(ref _isStopping, value); }

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

    /// <summary>True if this replica calls itself a master.</summary>
    public bool IsMaster(in RaftStatus status) => SpreadsSlots || MasterOf(in status) == status.NodeId;

    /// <summary>
    /// The replicas that clients of a cluster are told own slots, in the order of their shares: the master alone, or,
    /// spread, all that serve clients.
    /// </summary>
    public ulong[] OwnersOf(in RaftStatus status)
    {
        ulong self = status.NodeId;
        return !SpreadsSlots ? [MasterOf(in status)] : [.. RedisPeers.Ids.Where(id => id == self || Watch?.IsServing(id) == true)];
    }

    /// <summary>The one of these owners that owns a slot.</summary>
    public static ulong OwnerOf(int slot, ulong[] owners) => owners[(int)((long)slot * owners.Length / HashSlot.Count)];

    /// <summary>The name of a replica among clients of Redis Cluster: 40 digits.</summary>
    public static string NameOf(ulong nodeId) => nodeId.ToString("x40", System.Globalization.CultureInfo.InvariantCulture);
}
