using System;
using System.Net;
using RaftEngine.Samples.Kv.Server;
using Xunit;

namespace RaftEngine.Tests.Samples;

public class PeerMapTests
{
    [Fact]
    public void Addresses_are_read_by_id()
    {
        PeerMap map = PeerMap.Parse("2=host.name:7002, 1=127.0.0.1:7001,3=[::1]:7003");
        Assert.Equal([1UL, 2, 3], map.Ids);
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 7001), map.EndPoints[1]);
        Assert.Equal(new DnsEndPoint("host.name", 7002), map.EndPoints[2]);
        Assert.Equal(new IPEndPoint(IPAddress.IPv6Loopback, 7003), map.EndPoints[3]);
        Assert.True(map.TryGetAddress(2, out ClientAddress address));
        Assert.Equal("host.name:7002", address.ToString());
        Assert.True(map.TryGetAddress(3, out address));
        Assert.Equal("::1:7003", address.ToString()); // as clients of Redis Cluster read it: the port is behind the last colon
        Assert.Equal(new IPEndPoint(IPAddress.IPv6Loopback, 6383), map.WithPorts(static id => (int)(6380 + id)).EndPoints[3]);
        Assert.Equal(new IPEndPoint(IPAddress.Any, 7002), PeerMap.ToListenEndPoint(map.EndPoints[2]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("0=127.0.0.1:1")]
    [InlineData("-1=127.0.0.1:1")]
    [InlineData("1=127.0.0.1")]
    [InlineData("1=127.0.0.1:0")]
    [InlineData("1=127.0.0.1:65536")]
    [InlineData("1=:7001")]
    [InlineData("1=a:1,1=b:2")]
    public void What_is_no_list_of_addresses_is_refused(string text)
    {
        Assert.Throws<FormatException>(() => PeerMap.Parse(text));
    }
}
