using RaftEngine.Host;

namespace RaftEngine.Transport;

/// <summary>What all connections of one transport share.</summary>
/// <param name="Options">The transport's options, checked.</param>
/// <param name="Identity">This node.</param>
/// <param name="Receiver">Where messages go.</param>
/// <param name="Logger">Where events go.</param>
/// <param name="Poll">The thread of all connections.</param>
/// <param name="Tls">Secures them; null for plaintext.</param>
internal sealed record TransportContext(
    TcpTransportOptions Options, RaftIdentity Identity, IRaftReceiver Receiver, HostLogger Logger, PollThread Poll, TlsGuard? Tls)
{
    /// <summary>How many bytes make progress: a connection on which something is under way must move as many, or all there are, within the progress timeout.</summary>
    public const int ProgressBytes = 256 << 10;

    /// <summary>Why a peer that began another cluster is refused.</summary>
    public string OtherVoters(RaftHandshake? theirs) =>
        $"its cluster began with the voters {RaftHandshake.TextOf(theirs?.InitialVoters ?? [])}, "
        + $"and this node's with {RaftHandshake.TextOf(Identity.Handshake?.InitialVoters ?? [])}.";

    /// <summary>Why two nodes with one id are refused.</summary>
    public static string SameId(ulong nodeId) =>
        $"two nodes with different data directories are running as node {nodeId}: stop the one that was started with the wrong "
        + "id, or on a copy of a directory; to replace a node, stop it first, and remove it from the members.";

    /// <summary>A hello from this node.</summary>
    /// <param name="outcome">What it says.</param>
    /// <param name="addressedId">The node that it is for.</param>
    /// <param name="lane">What the connection carries.</param>
    /// <param name="version">The version of the protocol that it offers, or has agreed to.</param>
    /// <param name="hasHandshake">False if that node takes no handshake.</param>
    public Hello Hello(HelloOutcome outcome, ulong addressedId, Lane lane, ushort version, bool hasHandshake = true) =>
        new(version, outcome, hasHandshake ? Identity : Identity with { Handshake = null }, addressedId, lane);

    /// <summary>True if this node speaks a version of the protocol.</summary>
    public bool Speaks(ushort version) => version >= FrameFormat.OldestVersion && version <= Options.NewestVersion;

    /// <summary>Why a peer of a version that this node does not speak is refused.</summary>
    public string OtherVersion(ushort version) =>
        $"it speaks version {version} of the protocol, and this node {FrameFormat.OldestVersion} to {Options.NewestVersion}: upgrade "
        + (version > Options.NewestVersion ? "this node." : "that one.");
}
