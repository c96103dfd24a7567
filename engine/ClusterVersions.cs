namespace RaftEngine;

/// <summary>
/// What may stand in the log of a cluster. Each release announces the newest version that it reads; the lowest among the members
/// decides what is written (<see cref="RaftStatus.ClusterVersion"/>), so that nodes are upgraded one by one, and back, as
/// long as nothing newer was written.
/// </summary>
public static class ClusterVersions
{
    /// <summary>Commands, no-ops, configurations and sessions.</summary>
    public const int First = 1;

    /// <summary>Fingerprints of states too (<see cref="IFingerprintedState"/>).</summary>
    public const int Fingerprints = 2;

    /// <summary>The newest that this release reads.</summary>
    public const int Newest = Fingerprints;
}
