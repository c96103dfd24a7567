using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>Addresses by node id, as the command line has them: <c>1=127.0.0.1:7001,2=host:7002,3=[::1]:7003</c>.
/// Thread-safe: replicas are added while it is used.</summary>
internal sealed class PeerMap
{
    private readonly ConcurrentDictionary<ulong, EndPoint> _endPoints;

    private PeerMap(ConcurrentDictionary<ulong, EndPoint> endPoints)
    {
        _endPoints = endPoints;
    }

    /// <summary>The node ids, ascending.</summary>
    public IReadOnlyCollection<ulong> Ids => [.. _endPoints.Keys.Order()];

    /// <summary>Every node's address, as it is at any time.</summary>
    public IReadOnlyDictionary<ulong, EndPoint> EndPoints => _endPoints;

    /// <summary>Reads a list of addresses.</summary>
    /// <exception cref="FormatException">It is none; the message says where.</exception>
    public static PeerMap Parse(string text)
    {
        ConcurrentDictionary<ulong, EndPoint> endPoints = [];
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0 || !ulong.TryParse(part.AsSpan(0, equals), NumberStyles.None, CultureInfo.InvariantCulture, out ulong id) || id == 0)
            {
                throw new FormatException($"'{part}' is not ID=HOST:PORT.");
            }

            if (!endPoints.TryAdd(id, ParseEndPoint(part[(equals + 1)..])))
            {
                throw new FormatException($"Node {id} is given twice.");
            }
        }

        return new PeerMap(endPoints);
    }

    /// <summary>Reads one address.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static EndPoint ParseEndPoint(string text)
    {
        int colon = text.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) || port == 0)
        {
            throw new FormatException($"'{text}' is not HOST:PORT.");
        }

        return IPEndPoint.TryParse(text, out IPEndPoint? address) ? address : new DnsEndPoint(text[..colon], port);
    }

    /// <summary>Where to listen for an address that others reach this node by: a name stands for every
    /// interface.</summary>
    public static IPEndPoint ToListenEndPoint(EndPoint address) => address switch
    {
        IPEndPoint ip => ip,
        DnsEndPoint { Host: "localhost", Port: var port } => new IPEndPoint(IPAddress.Loopback, port),
        DnsEndPoint dns => new IPEndPoint(IPAddress.Any, dns.Port),
        _ => throw new ArgumentException($"'{address}' is no address of the Internet protocol.", nameof(address)),
    };

    /// <summary>The same nodes at other ports.</summary>
    /// <param name="portOf">The port of each.</param>
    public PeerMap WithPorts(Func<ulong, int> portOf) => new(new ConcurrentDictionary<ulong, EndPoint>(_endPoints.Select(pair => KeyValuePair.Create(
        pair.Key,
        pair.Value is IPEndPoint ip ? new IPEndPoint(ip.Address, portOf(pair.Key)) : (EndPoint)new DnsEndPoint(((DnsEndPoint)pair.Value).Host, portOf(pair.Key))))));

    /// <summary>Adds a node, or moves one.</summary>
    public void Set(ulong id, EndPoint endPoint) => _endPoints[id] = endPoint;

    /// <summary>A node's address, as clients read it.</summary>
    public bool TryGetAddress(ulong id, out ClientAddress address)
    {
        bool found = _endPoints.TryGetValue(id, out EndPoint? endPoint);
        address = found ? ClientAddress.Of(endPoint!) : default;
        return found;
    }
}
