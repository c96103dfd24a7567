using System;
using RaftEngine.Consensus;
using RaftEngine.Log;
using RaftEngine.Protocol;

namespace RaftEngine.Pipeline;

/// <summary>What an administrator asks of a replica. Between two batches, on the thread that runs them; the next batch carries it out.</summary>
internal sealed partial class Replica
{
    private TimeSpan _keptUntil = TimeSpan.MaxValue; // when what was appended before a hand-over ends at the latest
    private long _keptTo;
    private bool _hasHandedOver;

    /// <summary>The core, to look at.</summary>
    public RaftCore Core => _core;

    /// <summary>What this node, if it leads, knows of the other members.</summary>
    /// <param name="peers">Where one goes for each; room for <see cref="Protocol.Configuration.MaxMembers"/>.</param>
    /// <returns>How many there are; 0 if it does not lead.</returns>
    public int CopyPeers(Span<RaftPeerStatus> peers)
    {
        int count = 0;
        foreach (Progress peer in _core.Role == Role.Leader ? _core.Peers : [])
        {
            if (peer.NodeId != _options.NodeId)
            {
                peers[count++] = new RaftPeerStatus
                {
                    NodeId = peer.NodeId,
                    MatchIndex = peer.Match,
                    NetworkTime = peer.Pace.NetworkTime,
                    HoldTime = peer.Pace.HoldTime,
                    BytesPerSecond = peer.Pace.BytesPerSecond,
                    InflightMessages = peer.Inflights.Count,
                    WindowMessages = peer.Inflights.MessageWindow,
                    InflightBytes = peer.Inflights.Bytes,
                    WindowBytes = peer.Inflights.ByteWindow,
                };
            }
        }

        return count;
    }

    /// <summary>Begins a change of the configuration (Raft §6); see <see cref="RaftCore.ChangeConfiguration"/>.</summary>
    /// <param name="target">The configuration to come to; not joint.</param>
    /// <returns>Whether it has begun, or why not.</returns>
    /// <exception cref="LogFullException">The log has no room for it.</exception>
    public ChangeResult ChangeConfiguration(Configuration target)
    {
        if (!HasRoom((int)RecordFormat.SizeOf(ConfigurationFormat.MaxBytes), out LogFullException? full))
        {
            throw full!;
        }

        ChangeResult result = _core.ChangeConfiguration(target, out Configuration? entry);
        if (entry is not null)
        {
            AppendConfiguration(entry);
        }

        return result;
    }

    /// <summary>Hands leadership over before the node stops, to the voter whose log is the furthest of those that answer.</summary>
    /// <returns>True while that is under way: this node still leads, or does not know its successor yet.</returns>
    public bool IsHandingOver()
    {
        if (_core.Role == Role.Leader && _core.TransferTarget == 0)
        {
            _hasHandedOver |= _core.TransferLeadership(target: 0) == TransferResult.Accepted;
        }

        return _core.TransferTarget != 0 || (_hasHandedOver && _core.LeaderId == 0);
    }

    // A successor has all that was appended before the hand-over, so those proposals end with their results: the apply stage compares the terms. If the successor is another
    // one, or none comes up within an election timeout, the outcome is unknown after all.
    private void EndOrKeepPending(long commitBefore)
    {
        if (!_core.HasHandedOver)
        {
            _pending.FailAbove(commitBefore);
        }
        else
        {
            KeepPending(commitBefore);
        }
    }

    private void KeepPending(long commitBefore)
    {
        if (_pending.LastIndex > commitBefore)
        {
            _keptTo = _pending.LastIndex;
            _keptUntil = _now + _core.ElectionTimeout;
        }
    }

    private void EndKeptPending()
    {
        if (_keptUntil == TimeSpan.MaxValue)
        {
            return;
        }

        bool isSettled = _core.CommitIndex >= _keptTo;
        if (!isSettled && _now >= _keptUntil)
        {
            _pending.FailAbove(_core.CommitIndex);
        }

        _keptUntil = isSettled || _now >= _keptUntil ? TimeSpan.MaxValue : _keptUntil;
    }
}
