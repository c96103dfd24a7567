using System;
using Microsoft.Extensions.Logging;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>What the server logs.</summary>
internal static partial class ServerLog
{
    [LoggerMessage(1, LogLevel.Information, "This is a new cluster: {Cluster}. A replica that joins it later is given --cluster {Cluster}.")]
    public static partial void MadeClusterId(ILogger logger, Guid cluster);

    [LoggerMessage(
        2,
        LogLevel.Information,
        "Replica {Id} waits for the cluster's id, which replica {First} makes at its first start. To join a cluster that exists: --cluster ID.")]
    public static partial void AwaitsClusterId(ILogger logger, ulong id, ulong first);

    [LoggerMessage(
        3,
        LogLevel.Warning,
        "The cluster knows another directory under the id {Id}: this replica takes no part until it has replaced it. "
        + "At any replica: redis-cli -p {Port} RAFT.REPLACE {Id}")]
    public static partial void AwaitsReplacement(ILogger logger, ulong id, int port);

    [LoggerMessage(4, LogLevel.Warning, "The connection of {Address} is closed: {Why}.")]
    public static partial void Closes(ILogger logger, string address, string why);

    [LoggerMessage(5, LogLevel.Warning, "The backup failed: {Why}")]
    public static partial void BackupFailed(ILogger logger, string why);
}
