using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Threading.Tasks;
using RaftEngine.Transport;

namespace RaftEngine.Bench.Measuring;

/// <summary>One node of a <see cref="MeasuredCluster"/>: all that it takes to run it, in whatever process.</summary>
/// <param name="Id">Its id; the nodes are numbered from 1.</param>
/// <param name="ClusterId">The cluster.</param>
/// <param name="Path">Where its files lie.</param>
/// <param name="StateBytes">How large the state is.</param>
/// <param name="Ports">The nodes' ports on loopback, in the order of their ids.</param>
internal sealed record MeasuredNode(ulong Id, Guid ClusterId, string Path, long StateBytes, IReadOnlyList<int> Ports)
{
    /// <summary>The node that is to lead.</summary>
    public const ulong LeaderId = 1;

    /// <summary>Its options: a log short enough that a burst of commands makes a snapshot due, and long enough that what is measured does not.</summary>
    public RaftOptions Options => new()
    {
        NodeId = Id,
        Voters = [.. Enumerable.Range(1, Ports.Count).Select(static id => (ulong)id)],
        ClusterId = ClusterId,
        DataDirectory = Path,
        SegmentSizeBytes = 2 << 20,
        SnapshotLogBytes = 16 << 20,
        RetainedLogBytes = 2 << 20,
        ElectionTimeout = TimeSpan.FromSeconds(2),
        ElectionPriority = Id == LeaderId ? 10 : 0,
    };

    /// <summary>Its way to the others.</summary>
    public TcpTransport CreateTransport()
    {
        Dictionary<ulong, EndPoint> peers = Ports.Index().ToDictionary(static one => (ulong)one.Index + 1, static one => (EndPoint)new IPEndPoint(IPAddress.Loopback, one.Item));
        return new TcpTransport(new TcpTransportOptions { ListenEndPoint = (IPEndPoint)peers[Id], Peers = peers });
    }

    /// <summary>Starts it.</summary>
    /// <param name="transport">What <see cref="CreateTransport"/> gave, or something around it.</param>
    public ValueTask<RaftNode<long>> StartAsync(IRaftTransport transport) => RaftNode.StartAsync(Options, new FilledState(StateBytes), transport);
}
