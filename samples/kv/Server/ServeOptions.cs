using System;
using System.Collections.Generic;
using System.Net;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>What one replica is started with.</summary>
internal sealed record ServeOptions
{
    /// <summary>The cluster that replicas belong to if no other is named.</summary>
    public static readonly Guid DefaultCluster = new("6b765f73-616d-706c-655f-636c75737465");

    /// <summary>The replica's id.</summary>
    public required ulong Id { get; init; }

    /// <summary>Where the replicas talk to each other, by id; this one included.</summary>
    public required PeerMap Peers { get; init; }

    /// <summary>Where this one serves clients.</summary>
    public required EndPoint Redis { get; init; }

    /// <summary>Where the others serve clients, by id: what a client is sent to.</summary>
    public required PeerMap RedisPeers { get; init; }

    /// <summary>The data directory.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The ids that the cluster started with; null for those of <see cref="Peers"/>.</summary>
    public IReadOnlyCollection<ulong>? Voters { get; init; }

    /// <summary>The file that SAVE writes; null for none.</summary>
    public string? Backup { get; init; }

    /// <summary>What "durable" means.</summary>
    public Durability Durability { get; init; } = Durability.Fsync;

    /// <summary>The cluster's id.</summary>
    public Guid Cluster { get; init; } = DefaultCluster;
}
