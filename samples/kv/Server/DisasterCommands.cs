using System;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Snapshots;
using RaftEngine.Storage;

namespace RaftEngine.Samples.Kv.Server;

/// <summary><c>kv restore</c> and <c>kv recover</c>: what is done to the data directory of a replica that does not
/// run.</summary>
internal static class DisasterCommands
{
    /// <summary>A backup becomes the first replica of a new cluster.</summary>
    public static Command CreateRestore()
    {
        (Option<ulong> id, Option<string> data, Option<ulong[]> join, Option<Guid> cluster) = CommonOptions();
        cluster.Required = true;
        Option<string> backup = new("--backup") { Required = true, Description = "The backup." };
        Command restore = new("restore", "Makes the data directory of a new cluster's first replica of a backup.") { id, data, join, cluster, backup };
        restore.SetAction((parsed, stop) => AttemptAsync(async () =>
        {
            RaftOptions options = OptionsOf(parsed.GetRequiredValue(id), parsed.GetRequiredValue(data), parsed.GetValue(cluster), []);
            Configuration members = MembersOf(options.NodeId, parsed.GetValue(join));
            RaftBackup restored = await RaftRecovery.RestoreAsync(options, parsed.GetRequiredValue(backup), members, stop).ConfigureAwait(false);
            return $"Restored index {restored.Index}, term {restored.Term}, fingerprint {restored.Fingerprint:x16} of cluster {restored.ClusterId}; the members are {members}.";
        }));
        return restore;
    }

    /// <summary>A survivor of a lost quorum becomes a cluster of its own.</summary>
    public static Command CreateRecover()
    {
        (Option<ulong> id, Option<string> data, Option<ulong[]> join, Option<Guid> cluster) = CommonOptions();
        cluster.Required = true;
        Option<ulong[]> voters = new("--voters") { Required = true, Description = "The replicas that the cluster began with.", AllowMultipleArgumentsPerToken = true };
        Option<string> loss = new("--accept-loss") { Required = true, Description = "acknowledged-commands: what only the lost replicas had is gone." };
        loss.AcceptOnlyFromAmong("acknowledged-commands");
        Command recover = new("recover", "Makes a surviving replica a cluster of its own, after a majority is lost for good.") { id, data, join, cluster, voters, loss };
        recover.SetAction((parsed, stop) => AttemptAsync(async () =>
        {
            RaftOptions options = OptionsOf(parsed.GetRequiredValue(id), parsed.GetRequiredValue(data), parsed.GetValue(cluster), parsed.GetRequiredValue(voters));
            Configuration members = MembersOf(options.NodeId, parsed.GetValue(join));
            RecoveredQuorum recovered = await RaftRecovery.RecoverLostQuorumAsync(
                options, AcceptedLoss.AcknowledgedCommands, members, cancellationToken: stop).ConfigureAwait(false);
            return $"The members are {members} instead of {recovered.Replaced}, from index {recovered.RecoveryIndex}, term {recovered.RecoveryTerm} on. "
                + $"{recovered.EntriesTakenAsCommitted} entries after index {recovered.KnownCommittedIndex} are taken as committed.";
        }));
        return recover;
    }

    private static (Option<ulong> Id, Option<string> Data, Option<ulong[]> Join, Option<Guid> Cluster) CommonOptions() => (
        new Option<ulong>("--id") { Required = true, Description = "The replica's id." },
        new Option<string>("--data") { Required = true, Description = "Its data directory." },
        new Option<ulong[]>("--join")
        {
            Description = "The replicas that are to join it, with empty directories and --voters ID of this one.",
            AllowMultipleArgumentsPerToken = true,
        },
        new Option<Guid>("--cluster") { Description = "The cluster's id; a restored one's is new." });

    private static RaftOptions OptionsOf(ulong id, string data, Guid cluster, ulong[] voters) =>
        new() { NodeId = id, Voters = voters.Length == 0 ? [id] : voters, DataDirectory = data, ClusterId = cluster };

    private static Configuration MembersOf(ulong id, ulong[]? joining) => new(
        [new Member(id, MemberRoles.Voter), .. (joining ?? []).Select(static other => new Member(other, MemberRoles.Learner | MemberRoles.Promotable))]);

    private static async Task<int> AttemptAsync(Func<Task<string>> attempt)
    {
        try
        {
            await Console.Out.WriteLineAsync(await attempt().ConfigureAwait(false)).ConfigureAwait(false);
            return ExitCodes.Success;
        }
        catch (Exception failure) when (failure is DataDirectoryException or LaterReleaseException or LogCorruptedException
            or LogFullException or SnapshotCorruptedException or StorageFailedException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            await Console.Error.WriteLineAsync(failure.Message).ConfigureAwait(false);
            return ExitCodes.Failure;
        }
    }
}
