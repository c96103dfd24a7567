using System;
using System.Globalization;
using System.Net;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>Where a replica serves clients, as clients read it: an address of IPv6 stands without brackets, the port
/// behind the last colon.</summary>
internal readonly record struct ClientAddress(string Host, int Port)
{
    /// <summary>The address of an end point.</summary>
    public static ClientAddress Of(EndPoint endPoint) => endPoint switch
    {
        IPEndPoint ip => new ClientAddress(ip.Address.ToString(), ip.Port),
        DnsEndPoint dns => new ClientAddress(dns.Host, dns.Port),
        _ => throw new ArgumentException($"'{endPoint}' is no address of the Internet protocol.", nameof(endPoint)),
    };

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");
}
