using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Net;

namespace RaftEngine.Bench.Measuring;

/// <summary>
/// A network in which every node reaches every other through a <see cref="DelayingProxy"/> of its own. A node makes one connection to each other, for what it sends, so that
/// there are two proxies between any two.
/// </summary>
internal sealed class DelayedNetwork : IDisposable
{
    private readonly ConcurrentDictionary<ulong, EndPoint>[] _endPoints; // by the node that dials, from 1
    private readonly List<(ulong From, ulong To, DelayingProxy Proxy)> _proxies = [];
    private LinkDelay _delay = LinkDelay.None;

    /// <summary>A network without delays, and without nodes so far.</summary>
    /// <param name="nodes">How many nodes it will have; their ids begin with 1.</param>
    public DelayedNetwork(int nodes)
    {
        _endPoints = [.. Enumerable.Range(0, nodes).Select(static _ => new ConcurrentDictionary<ulong, EndPoint>())];
    }

    /// <summary>What every link does to pieces that enter it from now on.</summary>
    public LinkDelay Delay
    {
        get => _delay;
        set
        {
            _delay = value;
            _proxies.ForEach(one => one.Proxy.Link.Delay = value);
        }
    }

    /// <summary>The most bytes that were on one link at once, one way, since <see cref="ResetMost"/>.</summary>
    public long MostBytes => _proxies.Max(static one => one.Proxy.Link.MostBytes);

    /// <summary>Where a node finds the others: those that have been placed.</summary>
    public IReadOnlyDictionary<ulong, EndPoint> EndPointsFor(ulong nodeId) => _endPoints[nodeId - 1];

    /// <summary>Lets all others find a node.</summary>
    /// <param name="nodeId">Its id.</param>
    /// <param name="endPoint">Where it listens.</param>
    public void Place(ulong nodeId, EndPoint endPoint)
    {
        for (ulong from = 1; from <= (ulong)_endPoints.Length; from++)
        {
            if (from != nodeId)
            {
                DelayingProxy proxy = new(endPoint);
                proxy.Link.Delay = _delay;
                _proxies.Add((from, nodeId, proxy));
                _endPoints[from - 1][nodeId] = proxy.EndPoint;
            }
        }
    }

    /// <summary>Cuts a node off from all others, both ways.</summary>
    public void Cut(ulong nodeId) => _proxies.ForEach(one => one.Proxy.Link.IsCut |= one.From == nodeId || one.To == nodeId);

    /// <summary>Makes all links whole again.</summary>
    public void Heal() => _proxies.ForEach(static one => one.Proxy.Link.IsCut = false);

    /// <summary>Forgets what the links have held.</summary>
    public void ResetMost() => _proxies.ForEach(static one => one.Proxy.Link.ResetMost());

    public void Dispose() => _proxies.ForEach(static one => one.Proxy.Dispose());
}
