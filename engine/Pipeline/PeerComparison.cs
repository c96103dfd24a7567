using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using RaftEngine.Diagnostics;
using RaftEngine.Host;
using RaftEngine.Protocol;

namespace RaftEngine.Pipeline;

/// <summary>
/// Compares what peers tell of themselves at first contact with this node's own. Each difference is told once for a peer, until the peer comes with another. Any thread.
/// </summary>
internal sealed class PeerComparison(ulong nodeId, RaftHandshake own, HostLogger logger)
{
    /// <summary>How many peers are remembered. A transport that hands on more of them repeats itself.</summary>
    private const int MaxPeers = 256;

    private readonly Gate _gate = new();
    private readonly Dictionary<ulong, RaftHandshake> _told = []; // Guarded by _gate.
    private int _meetings;

    /// <summary>What this node tells.</summary>
    public RaftHandshake Own => own;

    /// <summary>Grows with every peer that tells something new. Volatile: pairs with the increment in <see cref="IsNews"/>, which
    /// comes after what was told.</summary>
    public int Meetings => Volatile.Read(ref _meetings);

    /// <summary>The lowest version among the members of a configuration: that of a member which this node has yet to meet is
    /// taken for the first.</summary>
    public int ClusterVersion(Configuration configuration)
    {
        int lowest = own.ClusterVersion;
        using (_gate.Enter())
        {
            foreach (Member member in configuration.Members)
            {
                int version = _told.TryGetValue(member.NodeId, out RaftHandshake? told) ? told.ClusterVersion : ClusterVersions.First;
                lowest = member.NodeId == nodeId ? lowest : Math.Min(lowest, version);
            }
        }

        return lowest;
    }

    /// <summary>Compares.</summary>
    /// <param name="peerId">The peer.</param>
    /// <param name="theirs">What it tells.</param>
    /// <returns>False if nothing may pass between the two: they began different clusters.</returns>
    public bool Meet(ulong peerId, RaftHandshake theirs)
    {
        bool agrees = own.InitialVoters.IsEmpty || theirs.InitialVoters.IsDefaultOrEmpty || theirs.InitialVoters.SequenceEqual(own.InitialVoters);
        if (!IsNews(peerId, theirs))
        {
            return agrees;
        }

        if (!agrees)
        {
            NodeMessages.OtherInitialVoters(logger, nodeId, RaftHandshake.TextOf(own.InitialVoters), peerId, RaftHandshake.TextOf(theirs.InitialVoters));
            return false;
        }

        if (own.ClusterVersion != theirs.ClusterVersion)
        {
            NodeMessages.OtherClusterVersion(logger, nodeId, own.ClusterVersion, peerId, theirs.ClusterVersion);
        }

        Tell(peerId, nameof(RaftOptions.MaxCommandBytes), own.MaxCommandBytes, theirs.MaxCommandBytes);
        Tell(peerId, nameof(RaftOptions.MaxMessageBytes), own.MaxMessageBytes, theirs.MaxMessageBytes);
        if (own.ElectionTimeout != theirs.ElectionTimeout)
        {
            NodeMessages.OtherElectionTimeout(logger, nodeId, own.ElectionTimeout, peerId, theirs.ElectionTimeout);
        }

        return true;
    }

    private void Tell(ulong peerId, string option, int ours, int theirs)
    {
        if (ours != theirs)
        {
            NodeMessages.OtherLimit(logger, nodeId, option, ours, peerId, theirs);
        }
    }

    private bool IsNews(ulong peerId, RaftHandshake theirs)
    {
        using (_gate.Enter())
        {
            bool isKnown = _told.TryGetValue(peerId, out RaftHandshake? told);
            if (isKnown ? theirs.Equals(told) : _told.Count >= MaxPeers)
            {
                return !isKnown;
            }

            _told[peerId] = theirs;
            Interlocked.Increment(ref _meetings);
            return true;
        }
    }
}
