using System;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging;
using RaftEngine.Protocol;

namespace RaftEngine.Tests.Readme;

public static class Disaster
{
    public static async Task<RaftBackup> MoveAsync<TResult>(RaftNode<TResult> node, RaftOptions options, string path, string newDirectory)
    {
        RaftBackup backup = await node.BackupAsync(path);                      // a snapshot of what is applied now, checked, on disk

        RaftOptions first = options with { ClusterId = Guid.NewGuid(), Voters = [options.NodeId], DataDirectory = newDirectory };
        Configuration members = new([new Member(1, MemberRoles.Voter), new Member(2, MemberRoles.Learner | MemberRoles.Promotable)]);
        await RaftRecovery.RestoreAsync(first, path, members);                  // node 1 has the state; start it, and node 2 with an empty directory
        return backup;
    }

    public static async Task<long> RecoverAsync(RaftOptions options, ILogger logger)
    {
        RecoveredQuorum recovered = await RaftRecovery.RecoverLostQuorumAsync(options, AcceptedLoss.AcknowledgedCommands, logger: logger);
        return recovered.EntriesTakenAsCommitted;
    }
}
