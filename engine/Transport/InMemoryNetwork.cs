using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging;
using RaftEngine.Host;

namespace RaftEngine.Transport;

/// <summary>
/// Connects the nodes of one process without sockets: for tests, benchmarks and embedding several nodes. Each link, from one node to another, is a bounded queue whose
/// messages are delivered in order on a thread of the receiving node, and each can be cut. Thread-safe.
/// </summary>
public sealed class InMemoryNetwork
{
    /// <summary>The bound of a link's queue unless another is given, in bytes.</summary>
    public const int DefaultMaxPendingBytes = 32 << 20;

    private readonly int _maxPendingBytes;
    private readonly HostLogger _logger;
    private readonly Gate _gate = new();

    // Guarded by _gate.
    private readonly Dictionary<ulong, InMemoryTransport> _transports = [];
    private readonly List<InMemoryTransport> _started = []; // Each is linked with each other of its cluster and group, unless one refuses the other.
    private readonly HashSet<(ulong From, ulong To)> _cut = [];

    /// <summary>A network without nodes.</summary>
    /// <param name="maxPendingBytes">How many bytes may wait on one link; beyond it messages are dropped. A single larger message still goes, alone. 64 KiB to 256 MiB.</param>
    /// <param name="logger">Where the network tells of receivers that throw. Default: nowhere.</param>
    /// <exception cref="ArgumentOutOfRangeException">The bound is out of bounds itself.</exception>
    public InMemoryNetwork(int maxPendingBytes = DefaultMaxPendingBytes, ILogger? logger = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxPendingBytes, 64 << 10);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxPendingBytes, 256 << 20);
        _maxPendingBytes = maxPendingBytes;
        _logger = HostLogger.Of(logger);
    }

    /// <summary>Makes the transport of one node. A node that restarts gets a new one, once the old one is disposed of.</summary>
    /// <param name="nodeId">The node, not 0.</param>
    /// <returns>A transport that has yet to be started.</returns>
    /// <exception cref="InvalidOperationException">The node has a transport that is not disposed of.</exception>
    public IRaftTransport CreateTransport(ulong nodeId)
    {
        ArgumentOutOfRangeException.ThrowIfZero(nodeId);
        using (_gate.Enter())
        {
            InMemoryTransport transport = new(this, nodeId);
            return _transports.TryAdd(nodeId, transport)
                ? transport
                : throw new InvalidOperationException($"Node {nodeId} has a transport that is not disposed of.");
        }
    }

    /// <summary>Cuts a link: nothing more goes from one node to the other until <see cref="Connect"/>, and what waits on it is lost. The opposite direction stays as it is. A
    /// message that is just being handed over may still arrive.</summary>
    /// <param name="from">The sending node.</param>
    /// <param name="to">The receiving node.</param>
    public void Disconnect(ulong from, ulong to) => Switch(from, to, cut: true);

    /// <summary>Mends a link.</summary>
    /// <param name="from">The sending node.</param>
    /// <param name="to">The receiving node.</param>
    public void Connect(ulong from, ulong to) => Switch(from, to, cut: false);

    /// <summary>Cuts a node off from all others that are there now, in both directions.</summary>
    /// <param name="nodeId">The node.</param>
    public void Isolate(ulong nodeId) => SwitchAll(nodeId, cut: true);

    /// <summary>Mends all links of a node, in both directions.</summary>
    /// <param name="nodeId">The node.</param>
    public void Rejoin(ulong nodeId) => SwitchAll(nodeId, cut: false);

    /// <summary>Links a node that has started with the others that have.</summary>
    internal void Attach(InMemoryTransport started)
    {
        Dictionary<InMemoryTransport, bool> met = [];
        List<InMemoryTransport> others = [];
        while (!TryAttach(started, met, others))
        {
            // Not under the lock: the nodes may have something to say about each other.
            foreach (InMemoryTransport other in others)
            {
                met[other] = Meet(started, other) & Meet(other, started);
            }
        }

        foreach (InMemoryTransport other in others)
        {
            other.ReportUnreachable(started.NodeId);
            started.ReportUnreachable(other.NodeId);
        }
    }

    // False if there are others that it has not met yet. Else it is linked with those that it may talk to.
    private bool TryAttach(InMemoryTransport started, Dictionary<InMemoryTransport, bool> met, List<InMemoryTransport> others)
    {
        others.Clear();
        using (_gate.Enter())
        {
            foreach (InMemoryTransport other in _started)
            {
                if (other.Identity.ClusterId == started.Identity.ClusterId && other.Identity.GroupId == started.Identity.GroupId && !met.ContainsKey(other))
                {
                    others.Add(other);
                }
            }

            if (others.Count > 0)
            {
                return false;
            }

            foreach (InMemoryTransport other in _started)
            {
                if (met.GetValueOrDefault(other))
                {
                    Link(started, other);
                    Link(other, started);
                    others.Add(other);
                }
            }

            _started.Add(started);
            return true;
        }
    }

    private static bool Meet(InMemoryTransport one, InMemoryTransport other) =>
        other.Identity.Handshake is not { } handshake || one.Receiver.Meet(other.NodeId, handshake);

    /// <summary>Loses what waits on the link from one node to another, as a broken connection does.</summary>
    internal void Break(ulong from, ulong to)
    {
        InMemoryLink? link;
        using (_gate.Enter())
        {
            link = _transports.GetValueOrDefault(from)?.FindLink(to);
        }

        link?.Break();
    }

    /// <summary>Takes a node out, and ends when nothing more is delivered to it or from it.</summary>
    internal async Task DetachAsync(InMemoryTransport stopped)
    {
        List<InMemoryLink> links = [];
        List<InMemoryTransport> others = [];
        using (_gate.Enter())
        {
            _started.Remove(stopped);
            foreach (InMemoryTransport other in _started)
            {
                if (other.Unlink(stopped.NodeId) is { } link)
                {
                    links.Add(link);
                    others.Add(other);
                }
            }

            links.AddRange(stopped.UnlinkAll());
        }

        foreach (InMemoryLink link in links)
        {
            await link.CloseAsync().ConfigureAwait(false);
        }

        await stopped.Deliveries.StopAsync().ConfigureAwait(false);

        using (_gate.Enter())
        {
            // Only now may the node come back: its old receiver hears nothing more.
            _transports.Remove(stopped.NodeId);
        }

        foreach (InMemoryTransport other in others)
        {
            other.ReportUnreachable(stopped.NodeId);
        }
    }

    private void Link(InMemoryTransport from, InMemoryTransport to)
    {
        InMemoryLink link = new(from, to, _maxPendingBytes, _logger);
        link.Switch(_cut.Contains((from.NodeId, to.NodeId)));
        from.Link(link);
    }

    private void SwitchAll(ulong nodeId, bool cut)
    {
        List<ulong> others;
        using (_gate.Enter())
        {
            others = [.. _transports.Keys];
            foreach ((ulong from, ulong to) in _cut)
            {
                // A node that is away just now may have a cut link to mend.
                others.Add(from);
                others.Add(to);
            }
        }

        foreach (ulong other in new HashSet<ulong>(others))
        {
            if (other != nodeId)
            {
                Switch(nodeId, other, cut);
                Switch(other, nodeId, cut);
            }
        }
    }

    private void Switch(ulong from, ulong to, bool cut)
    {
        InMemoryTransport? sender;
        using (_gate.Enter())
        {
            if (!(cut ? _cut.Add((from, to)) : _cut.Remove((from, to))) || !_transports.TryGetValue(from, out sender))
            {
                return;
            }

            sender.FindLink(to)?.Switch(cut);
        }

        sender.ReportUnreachable(to);
    }
}
