using System;
using System.Collections.Generic;

namespace RaftEngine.Hosting;

/// <summary>
/// How a hosted node is set up, as an application's configuration states it: plain values that bind from a section.
/// Checked when the host starts; a message lists every fault.
/// </summary>
public sealed class RaftHostOptions
{
    /// <summary>This node's id: not 0, unique in the cluster, and never given to another data directory. Required.</summary>
    public ulong NodeId { get; set; }

    /// <summary>The cluster's id, the same on every node. Required.</summary>
    public Guid ClusterId { get; set; }

    /// <summary>The Raft group within the cluster. Default 0.</summary>
    public ulong GroupId { get; set; }

    /// <summary>The directory of the log; created if it does not exist. Required.</summary>
    public string DataDirectory { get; set; } = string.Empty;

    /// <summary>
    /// Where each node listens for its peers, by id, this node included: "host:port", where the host is a name, an IPv4
    /// address or an IPv6 address in brackets. Required for TCP.
    /// </summary>
    public IDictionary<string, string> Peers { get; } = new Dictionary<string, string>();

    /// <summary>The voters that begin the cluster. Default: all of <see cref="Peers"/>.</summary>
    public IList<ulong> Voters { get; } = [];

    /// <summary>
    /// Where this node listens, if not at its own entry in <see cref="Peers"/>: "host:port", or "*:port" for every IPv4
    /// address. Default null.
    /// </summary>
    public string? Listen { get; set; }

    /// <summary>The files of this node's certificate, its key and the authorities: the connections between nodes are then
    /// under mutual TLS, and files that are replaced are used without a restart. Default null: plaintext, on loopback
    /// only.</summary>
    public RaftHostTlsOptions? Tls { get; set; }

    /// <summary>True to listen beyond this machine without <see cref="Tls"/>, within a network that is trusted.
    /// Default false.</summary>
    public bool AllowPlaintext { get; set; }

    /// <summary>Where each node serves HTTP, by id: the base address for redirects to the leader. Default empty.</summary>
    public IDictionary<string, string> HttpAddresses { get; } = new Dictionary<string, string>();

    /// <summary><see cref="RaftOptions.Durability"/>. Default: fsync.</summary>
    public Durability Durability { get; set; } = Durability.Fsync;

    /// <summary><see cref="RaftOptions.ForwardProposals"/>. Default true: any instance of the service takes commands.</summary>
    public bool ForwardProposals { get; set; } = true;

    /// <summary><see cref="RaftOptions.ElectionTimeout"/>. Default: the engine's.</summary>
    public TimeSpan? ElectionTimeout { get; set; }

    /// <summary><see cref="RaftOptions.HeartbeatInterval"/>. Default: the engine's.</summary>
    public TimeSpan? HeartbeatInterval { get; set; }

    /// <summary><see cref="RaftOptions.MaxCommandBytes"/>. Default: the engine's.</summary>
    public int? MaxCommandBytes { get; set; }

    /// <summary><see cref="RaftOptions.SegmentSizeBytes"/>. Default: the engine's.</summary>
    public int? SegmentSizeBytes { get; set; }

    /// <summary><see cref="RaftOptions.MaxLogBytes"/>. Default: the engine's.</summary>
    public long? MaxLogBytes { get; set; }

    /// <summary><see cref="RaftOptions.SnapshotLogBytes"/>. Default: the engine's.</summary>
    public long? SnapshotLogBytes { get; set; }

    /// <summary>True if a failure of the node stops the host, which then ends with the cause. Default true.</summary>
    public bool StopHostOnFailure { get; set; } = true;

    /// <summary>How many committed entries may wait to be applied before the node counts as not ready. Default 100,000.</summary>
    public long MaxUnappliedEntries { get; set; } = 100_000;

    /// <summary>Adjusts what has no property here, last of all. Default null.</summary>
    public Func<RaftOptions, RaftOptions>? Adjust { get; set; }
}
