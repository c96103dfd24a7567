using System;
using System.Collections.Immutable;

namespace RaftEngine;

/// <summary>
/// What a node tells a peer of itself at first contact, beside who it is: what the two must agree on, or should. A transport carries it to the other end, and asks the node
/// there (<see cref="IRaftReceiver.Meet"/>) before it carries any message.
/// </summary>
public sealed record RaftHandshake
{
    /// <summary>The voters that the node's directory began the cluster with, ascending; empty if it joined, or that is not known. Two nodes with different ones refuse each other:
    /// each would count a majority of its own.</summary>
    public ImmutableArray<ulong> InitialVoters { get; init; } = [];

    /// <summary>The version of what the node reads in a log (<see cref="ClusterVersions"/>). 1 for a node that does not say
    /// it.</summary>
    public int ClusterVersion { get; init; } = ClusterVersions.First;

    /// <summary><see cref="RaftOptions.MaxCommandBytes"/>.</summary>
    public int MaxCommandBytes { get; init; }

    /// <summary><see cref="RaftOptions.MaxMessageBytes"/>.</summary>
    public int MaxMessageBytes { get; init; }

    /// <summary><see cref="RaftOptions.ElectionTimeout"/>.</summary>
    public TimeSpan ElectionTimeout { get; init; }

    /// <inheritdoc/>
    public bool Equals(RaftHandshake? other) =>
        other is not null && ClusterVersion == other.ClusterVersion
        && MaxCommandBytes == other.MaxCommandBytes && MaxMessageBytes == other.MaxMessageBytes
        && ElectionTimeout == other.ElectionTimeout && InitialVoters.AsSpan().SequenceEqual(other.InitialVoters.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() =>
        HashCode.Combine(InitialVoters.AsSpan().Length, ClusterVersion, MaxCommandBytes, MaxMessageBytes, ElectionTimeout);

    /// <summary>All of it in one line.</summary>
    /// <returns>For example "began with 1 2 3, commands of 1048576 bytes, messages of 262144, election timeout
    /// 00:00:00.3000000, version 2".</returns>
    public override string ToString() =>
        $"began with {TextOf(InitialVoters)}, commands of {MaxCommandBytes} bytes, messages of {MaxMessageBytes}, "
        + $"election timeout {ElectionTimeout}, version {ClusterVersion}";

    /// <summary>Voters in one line.</summary>
    internal static string TextOf(ImmutableArray<ulong> voters) => voters.IsDefaultOrEmpty ? "nothing" : string.Join(' ', voters);
}
