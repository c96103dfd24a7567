using System;
using System.Globalization;
using System.Net;

namespace RaftEngine.Hosting;

/// <summary>Reads end points as people write them: "host:port", "10.0.0.1:7000", "[::1]:7000", "*:7000".</summary>
internal static class HostAddress
{
    /// <summary>Reads an end point to connect to.</summary>
    /// <returns>Null if the text is not one.</returns>
    public static EndPoint? Parse(string? text)
    {
        if (text is null || Split(text) is not (string host, int port))
        {
            return null;
        }

        if (IPAddress.TryParse(host, out IPAddress? address))
        {
            return new IPEndPoint(address, port);
        }

        return Uri.CheckHostName(host) == UriHostNameType.Dns ? new DnsEndPoint(host, port) : null;
    }

    /// <summary>Reads where to listen. A name other than localhost, and "*", stand for every IPv4 address of this machine.</summary>
    /// <returns>Null if the text is not an end point.</returns>
    public static IPEndPoint? ParseListen(string? text)
    {
        if (text is not null && text.StartsWith("*:", StringComparison.Ordinal))
        {
            return Split(text) is (_, int port) ? new IPEndPoint(IPAddress.Any, port) : null;
        }

        return Parse(text) switch
        {
            IPEndPoint endPoint => endPoint,
            DnsEndPoint { Host: "localhost" } name => new IPEndPoint(IPAddress.Loopback, name.Port),
            DnsEndPoint name => new IPEndPoint(IPAddress.Any, name.Port),
            _ => null,
        };
    }

    private static (string Host, int Port)? Split(string text)
    {
        int colon = text.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
        {
            return null;
        }

        string host = text[..colon];
        bool isBracketed = host.StartsWith('[') && host.EndsWith(']');
        if (isBracketed)
        {
            host = host[1..^1];
        }

        // An IPv6 address without brackets cannot be told from its port.
        return host.Contains(':', StringComparison.Ordinal) == isBracketed ? (host, port) : null;
    }
}
