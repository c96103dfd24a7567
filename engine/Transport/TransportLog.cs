using System;
using System.Net;
using Microsoft.Extensions.Logging;
using RaftEngine.Host;

namespace RaftEngine.Transport;

/// <summary>What the TCP transport tells. The event ids are stable.</summary>
internal static partial class TransportLog
{
    [LoggerMessage(3001, LogLevel.Information, "Node {NodeId} listens for its peers on {EndPoint}.")]
    public static partial void Listening(HostLogger logger, ulong nodeId, EndPoint? endPoint);

    [LoggerMessage(3002, LogLevel.Information, "Connected to node {PeerId} at {EndPoint}.")]
    public static partial void Connected(HostLogger logger, ulong peerId, EndPoint? endPoint);

    [LoggerMessage(3003, LogLevel.Information, "The connection to node {PeerId} is lost: {Reason}")]
    public static partial void ConnectionLost(HostLogger logger, ulong peerId, string reason);

    [LoggerMessage(3004, LogLevel.Debug, "No connection to node {PeerId}: {Reason}")]
    public static partial void ConnectFailed(HostLogger logger, ulong peerId, string reason);

    [LoggerMessage(3005, LogLevel.Warning, "Node {PeerId} refuses this node: {Reason}")]
    public static partial void RefusedByPeer(HostLogger logger, ulong peerId, string reason);

    [LoggerMessage(3006, LogLevel.Warning, "No progress on the connection to node {PeerId} for {TimeoutMilliseconds} ms with {PendingBytes} bytes pending: it is dropped.")]
    public static partial void SendStalled(HostLogger logger, ulong peerId, long timeoutMilliseconds, int pendingBytes);

    [LoggerMessage(3007, LogLevel.Information, "Node {PeerId} is connected from {EndPoint}.")]
    public static partial void PeerConnected(HostLogger logger, ulong peerId, EndPoint? endPoint);

    [LoggerMessage(3008, LogLevel.Warning, "A connection from {EndPoint} is refused: {Reason}")]
    public static partial void IncomingRefused(HostLogger logger, EndPoint? endPoint, string reason);

    [LoggerMessage(3009, LogLevel.Warning, "The connection from node {PeerId} is dropped: {Reason}")]
    public static partial void IncomingDropped(HostLogger logger, ulong peerId, string reason);

    [LoggerMessage(3010, LogLevel.Debug, "The connection from {EndPoint} ended: {Reason}")]
    public static partial void IncomingEnded(HostLogger logger, EndPoint? endPoint, string reason);

    [LoggerMessage(3011, LogLevel.Warning, "Node {PeerId} has come back with another data directory: incarnation {Current}, before it {Previous}.")]
    public static partial void IncarnationChanged(HostLogger logger, ulong peerId, Guid current, Guid previous);

    [LoggerMessage(3012, LogLevel.Warning, "Accepting a connection failed: {Reason}")]
    public static partial void AcceptFailed(HostLogger logger, string reason);

    [LoggerMessage(3015, LogLevel.Warning,
        "Node {PeerId} has no address at node {NodeId}: nothing goes there. Add it to TcpTransportOptions.Peers.")]
    public static partial void NoAddress(HostLogger logger, ulong nodeId, ulong peerId);

    [LoggerMessage(3016, LogLevel.Warning,
        "Node {NodeId} listens on {EndPoint}, but its own entry in TcpTransportOptions.Peers says {Expected}: unless something "
        + "forwards from there, nodes that are given that address do not reach it. Correct ListenEndPoint or Peers.")]
    public static partial void ListensElsewhere(HostLogger logger, ulong nodeId, EndPoint endPoint, EndPoint expected);

    [LoggerMessage(3017, LogLevel.Warning,
        "Node {NodeId} listens on {EndPoint}, beyond this machine, and its connections are neither encrypted nor "
        + "authenticated: whatever reaches that port can read, write and stop the cluster. Keep the port within a trusted network.")]
    public static partial void Plaintext(HostLogger logger, ulong nodeId, EndPoint endPoint);

    [LoggerMessage(3019, LogLevel.Information,
        "Node {NodeId} uses the certificate {Subject}, serial number {SerialNumber}, valid until {NotAfter}.")]
    public static partial void CertificateUsed(HostLogger logger, ulong nodeId, string subject, string serialNumber, DateTime notAfter);

    [LoggerMessage(3020, LogLevel.Error,
        "Node {NodeId} goes on with the certificate that it has, for TlsOptions.Credentials gave no other: {Reason}")]
    public static partial void CredentialsFailed(HostLogger logger, ulong nodeId, string reason);

    [LoggerMessage(3018, LogLevel.Error, "TcpTransportOptions.Peers threw; node {PeerId} is taken to have no address.")]
    public static partial void PeersThrew(HostLogger logger, ulong peerId, Exception exception);

    [LoggerMessage(3014, LogLevel.Debug, "The control connection to node {PeerId} {Event}")]
    public static partial void ControlConnection(HostLogger logger, ulong peerId, string @event);

    [LoggerMessage(3013, LogLevel.Error, "The connection with node {PeerId} failed in an unforeseen way; it is dropped.")]
    public static partial void Unforeseen(HostLogger logger, Exception exception, ulong peerId);
}
