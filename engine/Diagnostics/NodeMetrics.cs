using System;
using System.Collections.Generic;
using System.Diagnostics.Metrics;

namespace RaftEngine.Diagnostics;

/// <summary>
/// A node's metrics: instruments of the meter "RaftEngine", tagged with the node's id, in the units of OpenTelemetry (seconds, bytes, counts). All are observed, none is
/// recorded: nothing is done unless somebody collects them.
/// </summary>
internal sealed class NodeMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly Func<RaftStatus> _status;
    private readonly Func<RaftPeerStatus[]> _peers;

    /// <summary>Offers a node's metrics.</summary>
    /// <param name="nodeId">The node.</param>
    /// <param name="groupId">Its Raft group.</param>
    /// <param name="status">Its status. Called from any thread.</param>
    /// <param name="peers">What it knows of the other members, if it leads. Called from any thread.</param>
    public NodeMetrics(ulong nodeId, ulong groupId, Func<RaftStatus> status, Func<RaftPeerStatus[]> peers)
    {
        _status = status;
        _peers = peers;
        _meter = new Meter(new MeterOptions("RaftEngine") { Tags = [new("raft.node.id", (long)nodeId), new("raft.group.id", (long)groupId)] });
        try
        {
            Offer();
        }
        catch
        {
            _meter.Dispose();
            throw;
        }
    }

    public void Dispose() => _meter.Dispose();

    private void Offer()
    {
        Gauge("raft.role", "", "0 follower, 1 about to stand for election, 2 candidate, 3 leader.", static status => (int)status.Role);
        Gauge("raft.term", "", "The latest term seen.", static status => status.Term);
        Gauge("raft.log.last_index", "{entry}", "The last index of the log.", static status => status.LastIndex);
        Gauge("raft.log.durable_index", "{entry}", "The last index on this node's disk.", static status => status.DurableIndex);
        Gauge("raft.commit_index", "{entry}", "The highest index known to be committed.", static status => status.CommitIndex);
        Gauge("raft.applied_index", "{entry}", "The highest index applied.", static status => status.AppliedIndex);
        Gauge("raft.log.is_full", "", "1 if the log had no room for the last entry.", static status => status.IsLogFull ? 1 : 0);
        Gauge("raft.broadcast_time", "s", "The 99th percentile of a leader's broadcasts, syncs of a majority included.", static status => status.BroadcastTime.TotalSeconds);
        Gauge("raft.election_timeout", "s", "The election timeout in force.", static status => status.ElectionTimeout.TotalSeconds);
        Gauge("raft.election_timeout.is_too_short", "", "1 if five broadcasts take longer than the timeout may.", static status => status.IsElectionTimeoutTooShort ? 1 : 0);
        Counter("raft.log.syncs", "{sync}", "Syncs of the log.", static status => status.LogSyncs);
        Counter("raft.log.appends", "{entry}", "Entries appended.", static status => status.EntriesAppended);
        Counter("raft.stall_handovers", "{handover}", "Handovers of leadership because of a disk that stood still.", static status => status.StallHandovers);
        PeerGauge("raft.peer.match_index", "{entry}", "The highest index on the peer's disk.", static peer => peer.MatchIndex);
        PeerGauge("raft.peer.network_time", "s", "How long a message and its answer are on their way.", static peer => peer.NetworkTime.TotalSeconds);
        PeerGauge("raft.peer.hold_time", "s", "How long the peer holds entries until they are on its disk.", static peer => peer.HoldTime.TotalSeconds);
        PeerGauge("raft.peer.delivery_rate", "By/s", "The most that the peer has acknowledged in a second, of late.", static peer => peer.BytesPerSecond);
        PeerGauge("raft.peer.inflight.messages", "{message}", "Messages with entries on their way.", static peer => peer.InflightMessages);
        PeerGauge("raft.peer.inflight.bytes", "By", "Bytes of entries on their way.", static peer => peer.InflightBytes);
        PeerGauge("raft.peer.window.messages", "{message}", "How many messages with entries may be on their way.", static peer => peer.WindowMessages);
        PeerGauge("raft.peer.window.bytes", "By", "How many bytes of entries may be on their way.", static peer => peer.WindowBytes);
    }

    private void Gauge(string name, string unit, string description, Func<RaftStatus, double> of) =>
        _meter.CreateObservableGauge(name, () => of(_status()), unit, description);

    private void Counter(string name, string unit, string description, Func<RaftStatus, long> of) =>
        _meter.CreateObservableCounter(name, () => of(_status()), unit, description);

    private void PeerGauge(string name, string unit, string description, Func<RaftPeerStatus, double> of) =>
        _meter.CreateObservableGauge<double>(name, () => Measure(of), unit, description);

    private Measurement<double>[] Measure(Func<RaftPeerStatus, double> of) =>
        Array.ConvertAll(_peers(), peer => new Measurement<double>(of(peer), new KeyValuePair<string, object?>("raft.peer.id", (long)peer.NodeId)));
}
