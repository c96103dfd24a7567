using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Linq;
using System.Net;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>Addresses by node id, as the command line has them: <c>1=127.0.0.1:7001,2=host:7002</c>.</summary>
internal sealed class PeerMap
{
    private readonly SortedDictionary<ulong, string> _addresses;

    private PeerMap(SortedDictionary<ulong, string> addresses)
    {
        _addresses = addresses;
    }

    /// <summary>The node ids, ascending.</summary>
    public IReadOnlyCollection<ulong> Ids => _addresses.Keys;

    /// <summary>Every node's address.</summary>
    public IReadOnlyDictionary<ulong, EndPoint> EndPoints => _addresses.ToDictionary(pair => pair.Key, pair => ParseEndPoint(pair.Value));

    /// <summary>Reads a list of addresses.</summary>
    /// <exception cref="FormatException">It is none; the message says where.</exception>
    public static PeerMap Parse(string text)
    {
        SortedDictionary<ulong, string> addresses = [];
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0 || !ulong.TryParse(part.AsSpan(0, equals), NumberStyles.None, CultureInfo.InvariantCulture, out ulong id) || id == 0)
            {
                throw new FormatException($"'{part}' is not ID=HOST:PORT.");
            }

            _ = ParseEndPoint(part[(equals + 1)..]);
            if (!addresses.TryAdd(id, part[(equals + 1)..]))
            {
                throw new FormatException($"Node {id} is given twice.");
            }
        }

        return new PeerMap(addresses);
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

    /// <summary>Where to listen for an address that others reach this node by: a name stands for every interface.</summary>
    public static IPEndPoint ToListenEndPoint(EndPoint address) => address switch
    {
        IPEndPoint ip => ip,
        DnsEndPoint { Host: "localhost", Port: var port } => new IPEndPoint(IPAddress.Loopback, port),
        DnsEndPoint dns => new IPEndPoint(IPAddress.Any, dns.Port),
        _ => throw new ArgumentException($"'{address}' is no address of the Internet protocol.", nameof(address)),
    };

    /// <summary>A node's address, as it was given.</summary>
    public bool TryGetAddress(ulong id, [NotNullWhen(true)] out string? address) => _addresses.TryGetValue(id, out address);
}
