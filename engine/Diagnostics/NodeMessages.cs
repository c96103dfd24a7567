using System;
using Microsoft.Extensions.Logging;
using RaftEngine.Protocol;

namespace RaftEngine.Diagnostics;

/// <summary>What a node tells its logger. Event ids are stable: 1000-1099 are the node's.</summary>
internal static partial class NodeMessages
{
    [LoggerMessage(EventId = 1000, Level = LogLevel.Information,
        Message = "Node {NodeId} started: last index {LastIndex}, term {Term}, log {LogId}, torn tail cut: {TornTailBytes} bytes")]
    public static partial void Started(ILogger logger, ulong nodeId, long lastIndex, long term, Guid logId, long tornTailBytes);

    [LoggerMessage(EventId = 1001, Level = LogLevel.Information, Message = "Node {NodeId} is {Role} in term {Term}; the leader is {LeaderId}")]
    public static partial void RoleChanged(ILogger logger, ulong nodeId, RaftRole role, long term, ulong leaderId);

    [LoggerMessage(EventId = 1002, Level = LogLevel.Information, Message = "Node {NodeId} stopped")]
    public static partial void Stopped(ILogger logger, ulong nodeId);

    [LoggerMessage(EventId = 1003, Level = LogLevel.Critical, Message = "Node {NodeId} stopped by a failure, and acknowledges nothing more: {Reason}")]
    public static partial void Failed(ILogger logger, ulong nodeId, string reason, Exception failure);

    [LoggerMessage(EventId = 1004, Level = LogLevel.Error, Message = "Node {NodeId}: the log is full at index {LastIndex}; nothing is appended until there is room")]
    public static partial void LogFull(ILogger logger, ulong nodeId, long lastIndex);

    [LoggerMessage(EventId = 1007, Level = LogLevel.Warning,
        Message = "Node {NodeId}: broadcasts take {BroadcastTime}; the longest election timeout permitted is less than five of them: the leader may be lost for no reason")]
    public static partial void ElectionTimeoutTooShort(ILogger logger, ulong nodeId, TimeSpan broadcastTime);

    [LoggerMessage(EventId = 1008, Level = LogLevel.Warning,
        Message = "Node {NodeId} hands over leadership: its disk has stood still for {ElectionTimeout}, while the others' have not")]
    public static partial void StallHandover(ILogger logger, ulong nodeId, TimeSpan electionTimeout);

    [LoggerMessage(EventId = 1006, Level = LogLevel.Error,
        Message = "Node {NodeId}: the cluster knows another data directory under this id; remove the id from the members and add it again")]
    public static partial void Superseded(ILogger logger, ulong nodeId);

    [LoggerMessage(EventId = 1010, Level = LogLevel.Warning,
        Message = "Node {NodeId}: the members {Members} were agreed on by no majority; after a lost quorum, or from a backup. Acknowledged entries may be missing")]
    public static partial void ConfigurationImposed(ILogger logger, ulong nodeId, Configuration members);

    [LoggerMessage(EventId = 1005, Level = LogLevel.Information, Message = "Node {NodeId}: the log has room again")]
    public static partial void LogHasRoom(ILogger logger, ulong nodeId);
}
