using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net;
using Microsoft.Extensions.Logging;
using RaftEngine.Transport;

namespace RaftEngine.Hosting;

/// <summary>Makes the engine's options of a host's, which have been validated.</summary>
internal static class RaftHostSettings
{
    public static RaftOptions EngineOptions(RaftHostOptions options)
    {
        ulong[] voters = options.Voters.Count > 0 ? [.. options.Voters] : [.. options.Peers.Keys.Select(Id)];
        RaftOptions made = new()
        {
            NodeId = options.NodeId,
            Voters = voters.Length > 0 ? voters : [options.NodeId],
            ClusterId = options.ClusterId,
            GroupId = options.GroupId,
            DataDirectory = options.DataDirectory,
            Durability = options.Durability,
            ForwardProposals = options.ForwardProposals,
        };
        made = made with
        {
            ElectionTimeout = options.ElectionTimeout ?? made.ElectionTimeout,
            HeartbeatInterval = options.HeartbeatInterval ?? made.HeartbeatInterval,
            MaxCommandBytes = options.MaxCommandBytes ?? made.MaxCommandBytes,
            SegmentSizeBytes = options.SegmentSizeBytes ?? made.SegmentSizeBytes,
            MaxLogBytes = options.MaxLogBytes ?? made.MaxLogBytes,
            SnapshotLogBytes = options.SnapshotLogBytes ?? made.SnapshotLogBytes,
        };
        return options.Adjust?.Invoke(made) ?? made;
    }

    public static TcpTransport Tcp(RaftHostOptions options, ILogger logger)
    {
        Dictionary<ulong, EndPoint> peers = options.Peers.ToDictionary(peer => Id(peer.Key), peer => HostAddress.Parse(peer.Value)!);
        string own = options.Peers[options.NodeId.ToString(CultureInfo.InvariantCulture)];
        return new TcpTransport(new TcpTransportOptions
        {
            ListenEndPoint = HostAddress.ParseListen(options.Listen ?? own)!,
            Peers = peers,
            Tls = options.Tls?.Make(),
            AllowPlaintext = options.AllowPlaintext,
            Logger = logger,
        });
    }

    private static ulong Id(string key) => ulong.Parse(key, NumberStyles.None, CultureInfo.InvariantCulture);
}
