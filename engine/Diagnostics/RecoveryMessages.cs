using Microsoft.Extensions.Logging;
using RaftEngine.Host;
using RaftEngine.Protocol;

namespace RaftEngine.Diagnostics;

/// <summary>What a recovery tells its logger. Event ids are stable: 1100-1199 are the recovery's.</summary>
internal static partial class RecoveryMessages
{
    [LoggerMessage(EventId = 1100, Level = LogLevel.Critical,
        Message = "Node {NodeId} was recovered after a lost quorum: the members are {Members} instead of {Replaced}, as the log says at index {Index}, term {Term}; "
            + "{Entries} entries after index {KnownCommittedIndex} are taken as committed. Acknowledged commands may be lost")]
    public static partial void Recovered(
        HostLogger logger, ulong nodeId, Configuration members, Configuration replaced, long index, long term, long entries, long knownCommittedIndex);
}
