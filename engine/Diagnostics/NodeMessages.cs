using System;
using Microsoft.Extensions.Logging;
using RaftEngine.Host;
using RaftEngine.Protocol;

namespace RaftEngine.Diagnostics;

/// <summary>What a node tells its logger. Event ids are stable: 1000-1099 are the node's.</summary>
internal static partial class NodeMessages
{
    [LoggerMessage(EventId = 1000, Level = LogLevel.Information,
        Message = "Node {NodeId} started: last index {LastIndex}, term {Term}, log {LogId}, torn tail cut: {TornTailBytes} bytes")]
    public static partial void Started(HostLogger logger, ulong nodeId, long lastIndex, long term, Guid logId, long tornTailBytes);

    [LoggerMessage(EventId = 1001, Level = LogLevel.Information, Message = "Node {NodeId} is {Role} in term {Term}; the leader is {LeaderId}")]
    public static partial void RoleChanged(HostLogger logger, ulong nodeId, RaftRole role, long term, ulong leaderId);

    [LoggerMessage(EventId = 1002, Level = LogLevel.Information, Message = "Node {NodeId} stopped")]
    public static partial void Stopped(HostLogger logger, ulong nodeId);

    [LoggerMessage(EventId = 1003, Level = LogLevel.Critical, Message = "Node {NodeId} stopped by a failure, and acknowledges nothing more: {Reason}")]
    public static partial void Failed(HostLogger logger, ulong nodeId, string reason, Exception failure);

    [LoggerMessage(EventId = 1004, Level = LogLevel.Error, Message = "Node {NodeId}: the log is full at index {LastIndex}; nothing is appended until there is room")]
    public static partial void LogFull(HostLogger logger, ulong nodeId, long lastIndex);

    [LoggerMessage(EventId = 1007, Level = LogLevel.Warning,
        Message = "Node {NodeId}: broadcasts take {BroadcastTime}; the longest election timeout permitted is less than five of them: the leader may be lost for no reason")]
    public static partial void ElectionTimeoutTooShort(HostLogger logger, ulong nodeId, TimeSpan broadcastTime);

    [LoggerMessage(EventId = 1008, Level = LogLevel.Warning,
        Message = "Node {NodeId} hands over leadership: its disk has stood still for {ElectionTimeout}, while the others' have not")]
    public static partial void StallHandover(HostLogger logger, ulong nodeId, TimeSpan electionTimeout);

    [LoggerMessage(EventId = 1017, Level = LogLevel.Warning,
        Message = "Node {NodeId} has given up log that a member needs to catch up behind a snapshot: there is no room; the member needs another snapshot")]
    public static partial void RetentionGivenUp(HostLogger logger, ulong nodeId);

    [LoggerMessage(EventId = 1006, Level = LogLevel.Error,
        Message = "Node {NodeId}: the cluster knows another data directory under this id; remove the id from the members and add it again")]
    public static partial void Superseded(HostLogger logger, ulong nodeId);

    [LoggerMessage(EventId = 1010, Level = LogLevel.Warning,
        Message = "Node {NodeId}: the members {Members} were agreed on by no majority; after a lost quorum, or from a backup. Acknowledged entries may be missing")]
    public static partial void ConfigurationImposed(HostLogger logger, ulong nodeId, Configuration members);

    [LoggerMessage(EventId = 1040, Level = LogLevel.Warning,
        Message = "Node {NodeId}: its cluster began with the voters {Voters}, and that of node {PeerId} with {PeerVoters}: they refuse each other. "
            + "The one that was started with the wrong Voters has to begin anew, with an empty directory")]
    public static partial void OtherInitialVoters(HostLogger logger, ulong nodeId, string voters, ulong peerId, string peerVoters);

    [LoggerMessage(EventId = 1041, Level = LogLevel.Warning,
        Message = "Node {NodeId}: {Option} is {Value} here, and {PeerValue} at node {PeerId}; it should be the same on every node")]
    public static partial void OtherLimit(HostLogger logger, ulong nodeId, string option, int value, ulong peerId, int peerValue);

    [LoggerMessage(EventId = 1042, Level = LogLevel.Warning,
        Message = "Node {NodeId}: ElectionTimeout is {Value} here, and {PeerValue} at node {PeerId}; leases rest on it: "
            + "reads under the lease of a leader whose timeout is longer than a voter's may be stale")]
    public static partial void OtherElectionTimeout(HostLogger logger, ulong nodeId, TimeSpan value, ulong peerId, TimeSpan peerValue);

    [LoggerMessage(EventId = 1043, Level = LogLevel.Warning,
        Message = "Node {NodeId} is started with the voters {Voters}, but its directory {Origin}: the directory's hold")]
    public static partial void OtherVotersThanBefore(HostLogger logger, ulong nodeId, string voters, string origin);

    [LoggerMessage(EventId = 1011, Level = LogLevel.Warning,
        Message = "Node {NodeId} drops what node {SenderId} sends, and the connection: {Kind} of term {Term}, index {Index}, is {Contradiction} in term {OwnTerm} "
            + "({Count} since the last warning)")]
    public static partial void Contradicted(
        HostLogger logger, ulong nodeId, ulong senderId, MessageKind kind, long term, long index, Contradiction contradiction, long ownTerm, long count);

    [LoggerMessage(EventId = 1015, Level = LogLevel.Warning,
        Message = "Node {NodeId} was not stopped in order and may lack entries that it has acknowledged, for it did not sync them: until a leader has brought it up "
            + "to date, its vote counts only if all voters vote")]
    public static partial void TailInDoubt(HostLogger logger, ulong nodeId);

    [LoggerMessage(EventId = 1044, Level = LogLevel.Error,
        Message = "Node {NodeId}: what a caller runs when its task has ended threw an exception; the node goes on")]
    public static partial void ContinuationThrew(HostLogger logger, ulong nodeId, Exception exception);

    [LoggerMessage(EventId = 1045, Level = LogLevel.Warning,
        Message = "Node {NodeId} is neither one of Voters ({Voters}) nor a member in its log ({Members}), and takes part "
            + "in nothing until a leader adds it (ChangeMembersAsync). If it is to begin the cluster, its NodeId or Voters are wrong")]
    public static partial void NoMember(HostLogger logger, ulong nodeId, string voters, Configuration members);

    [LoggerMessage(EventId = 1046, Level = LogLevel.Warning,
        Message = "Node {NodeId} runs without metrics: a listener of the meter threw an exception")]
    public static partial void NoMetrics(HostLogger logger, ulong nodeId, Exception exception);

    [LoggerMessage(EventId = 1047, Level = LogLevel.Information,
        Message = "Node {NodeId} reads version {Version} of what may stand in the log, and node {PeerId} version {PeerVersion}: "
            + "the lower one is written until both read the same")]
    public static partial void OtherClusterVersion(HostLogger logger, ulong nodeId, int version, ulong peerId, int peerVersion);

    [LoggerMessage(EventId = 1005, Level = LogLevel.Information, Message = "Node {NodeId}: the log has room again")]
    public static partial void LogHasRoom(HostLogger logger, ulong nodeId);
}
