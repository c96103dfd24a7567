using System;
using System.Net;
using Microsoft.Extensions.Logging;

namespace RaftEngine.Transport;

/// <summary>What the TCP transport tells. The event ids are stable.</summary>
internal static partial class TransportLog
{
    [LoggerMessage(3001, LogLevel.Information, "Node {NodeId} listens for its peers on {EndPoint}.")]
    public static partial void Listening(ILogger logger, ulong nodeId, EndPoint? endPoint);

    [LoggerMessage(3002, LogLevel.Information, "Connected to node {PeerId} at {EndPoint}.")]
    public static partial void Connected(ILogger logger, ulong peerId, EndPoint? endPoint);

    [LoggerMessage(3003, LogLevel.Information, "The connection to node {PeerId} is lost: {Reason}")]
    public static partial void ConnectionLost(ILogger logger, ulong peerId, string reason);

    [LoggerMessage(3004, LogLevel.Debug, "No connection to node {PeerId}: {Reason}")]
    public static partial void ConnectFailed(ILogger logger, ulong peerId, string reason);

    [LoggerMessage(3005, LogLevel.Warning, "Node {PeerId} refuses this node: {Reason}")]
    public static partial void RefusedByPeer(ILogger logger, ulong peerId, string reason);

    [LoggerMessage(3006, LogLevel.Warning, "No progress on the connection to node {PeerId} for {TimeoutMilliseconds} ms with {PendingBytes} bytes pending: it is dropped.")]
    public static partial void SendStalled(ILogger logger, ulong peerId, long timeoutMilliseconds, int pendingBytes);

    [LoggerMessage(3007, LogLevel.Information, "Node {PeerId} is connected from {EndPoint}.")]
    public static partial void PeerConnected(ILogger logger, ulong peerId, EndPoint? endPoint);

    [LoggerMessage(3008, LogLevel.Warning, "A connection from {EndPoint} is refused: {Reason}")]
    public static partial void IncomingRefused(ILogger logger, EndPoint? endPoint, string reason);

    [LoggerMessage(3009, LogLevel.Warning, "The connection from node {PeerId} is dropped: {Reason}")]
    public static partial void IncomingDropped(ILogger logger, ulong peerId, string reason);

    [LoggerMessage(3010, LogLevel.Debug, "The connection from {EndPoint} ended: {Reason}")]
    public static partial void IncomingEnded(ILogger logger, EndPoint? endPoint, string reason);

    [LoggerMessage(3011, LogLevel.Warning, "Node {PeerId} has come back with another data directory: incarnation {Current}, before it {Previous}.")]
    public static partial void IncarnationChanged(ILogger logger, ulong peerId, Guid current, Guid previous);

    [LoggerMessage(3012, LogLevel.Warning, "Accepting a connection failed: {Reason}")]
    public static partial void AcceptFailed(ILogger logger, string reason);

    [LoggerMessage(3014, LogLevel.Debug, "The control connection to node {PeerId} {Event}")]
    public static partial void ControlConnection(ILogger logger, ulong peerId, string @event);

    [LoggerMessage(3013, LogLevel.Error, "The connection with node {PeerId} failed in an unforeseen way; it is dropped.")]
    public static partial void Unforeseen(ILogger logger, Exception exception, ulong peerId);
}
