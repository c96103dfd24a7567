using System;
using System.Collections.Immutable;

namespace RaftEngine.Protocol;

/// <summary>The members of a cluster: which nodes vote. Immutable; a membership change is a new configuration.</summary>
public sealed class Configuration
{
    /// <summary>The most voters a configuration may have. Larger quorums cost latency and buy nothing (Raft §6 assumes a handful).</summary>
    public const int MaxVoters = 15;

    /// <summary>A configuration of these voters.</summary>
    /// <param name="voters">The ids of the voting nodes: 1 to <see cref="MaxVoters"/> of them, none 0, no two equal.</param>
    /// <exception cref="ArgumentException">There are too few or too many voters, one is 0, or two are equal.</exception>
    public Configuration(params ReadOnlySpan<ulong> voters)
    {
        if (voters.Length is < 1 or > MaxVoters)
        {
            throw new ArgumentException($"A configuration has 1 to {MaxVoters} voters; this one has {voters.Length}.", nameof(voters));
        }

        ImmutableArray<ulong> sorted = [.. voters];
        sorted = sorted.Sort();
        for (int i = 0; i < sorted.Length; i++)
        {
            if (sorted[i] == 0 || (i > 0 && sorted[i] == sorted[i - 1]))
            {
                throw new ArgumentException($"Voter ids are distinct and not 0; {sorted[i]} is not allowed here.", nameof(voters));
            }
        }

        Voters = sorted;
    }

    /// <summary>The ids of the voting nodes, ascending.</summary>
    public ImmutableArray<ulong> Voters { get; }

    /// <summary>How many voters make a majority.</summary>
    public int Quorum => (Voters.Length / 2) + 1;

    /// <summary>True if the node votes in this configuration.</summary>
    /// <param name="nodeId">A node id.</param>
    /// <returns>True if <paramref name="nodeId"/> is one of <see cref="Voters"/>.</returns>
    public bool IsVoter(ulong nodeId) => Voters.BinarySearch(nodeId) >= 0;
}
