using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Text;
using RaftEngine.Samples.Kv.Resp;
using RaftEngine.Transport;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>What one replica is started with.</summary>
internal sealed record ServeOptions
{
    /// <summary>The largest command in the log, in bytes: the largest request, and what frames it there.</summary>
    public const int MaxCommandBytes = RespLimits.MaxRequestBytes + (1 << 20);

    // The engine's queues hold at least four of the largest commands; the next power of two.
    public const int QueueBytes = 64 << 20;

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

    /// <summary>The cluster's id; null to go by what the directory holds, or, at the first start of the whole cluster,
    /// to make one: see <see cref="ClusterIdentity"/>.</summary>
    public Guid? Cluster { get; init; }

    /// <summary>True if commands go to the leader from any replica; false if clients are told to go there.</summary>
    public bool Forwards { get; init; } = true;

    /// <summary>True if clients of a cluster are told that the slots are spread over all replicas.</summary>
    public bool SpreadsSlots { get; init; }

    /// <summary>The file whose first line is the password; null for none.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>True if without a password only clients of this machine are served.</summary>
    public bool IsProtected { get; init; } = true;

    /// <summary>The files of this replica's certificate; null for plaintext between replicas.</summary>
    public TlsFiles? Tls { get; init; }

    /// <summary>True if replicas may talk in plaintext beyond this machine.</summary>
    public bool AllowsPlaintext { get; init; }

    /// <summary>What clients may take.</summary>
    public KvLimits Limits { get; init; } = new();

    /// <summary>Reads the password.</summary>
    /// <returns>The password; null if there is none.</returns>
    /// <exception cref="InvalidDataException">The file's first line is empty.</exception>
    public byte[]? ReadPassword()
    {
        if (PasswordFile is null)
        {
            return null;
        }

        string line = File.ReadLines(PasswordFile, Encoding.Latin1).FirstOrDefault() ?? string.Empty;
        return line.Length > 0 ? Encoding.Latin1.GetBytes(line) : throw new InvalidDataException($"The first line of '{PasswordFile}' is empty; it must be the password.");
    }
}
