using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using RaftEngine.Log;
using RaftEngine.Pipeline;
using RaftEngine.Protocol;
using RaftEngine.Sessions;
using RaftEngine.Recovery;
using RaftEngine.Simulate.Disk;
using RaftEngine.Storage;
using RaftEngine.Tests.Support;
using Xunit;

namespace RaftEngine.Tests.Recovery;

/// <summary>However a recovery of a lost quorum is cut short, it can be done again, and nothing of the log is lost.</summary>
public sealed class CutShortRecoveryTests
{
    private const int Commands = 20;

    private static readonly RaftOptions Options = BackupSamples.Patient(
        new RaftOptions { NodeId = 1, Voters = [1, 2, 3], ClusterId = new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), DataDirectory = FakeDisk.DirectoryPath });

    // Each request that the recovery makes of the disk is refused once, and then the power fails.
    [Fact]
    public void A_recovery_that_is_cut_short_is_done_or_can_be_done_again()
    {
        HashSet<string> ends = [];
        bool isComplete = false;
        for (int failing = 1; !isComplete; failing++)
        {
            Assert.True(failing < 200);
            foreach (int seed in (int[])[0, 1, 2, 3])
            {
                isComplete = RecoverUntil(failing, seed, ends);
            }
        }

        Assert.Equal(["again", "done"], ends.Order());
    }

    [Fact]
    public void Each_recovery_goes_to_terms_that_no_election_of_the_term_before_comes_to()
    {
        Assert.Equal(1L << 32, LostQuorum.TermBehind(0));
        Assert.Equal(1L << 32, LostQuorum.TermBehind(uint.MaxValue));
        Assert.Equal(2L << 32, LostQuorum.TermBehind(1L << 32));
        Assert.Equal(2L << 32, LostQuorum.TermBehind((1L << 32) + 12));
    }

    [Fact]
    public void The_node_has_another_incarnation_after_each_recovery_and_keeps_it_over_restarts()
    {
        using FakeDisk disk = NewDisk();
        List<ulong> incarnations = [];
        for (int i = 0; i < 3; i++)
        {
            incarnations.Add(IncarnationOf(disk));
            Assert.Equal(incarnations[^1], IncarnationOf(disk));
            using (DataDirectory data = DataDirectory.Open(disk.OpenDirectory(), RaftNode.LogOptionsOf(Options)))
            {
                data.HardState.Recover(data.HardState.Current);
            }
        }

        Assert.Equal(3, incarnations.Distinct().Count());
    }

    // Its log says that its number is alone; but that was another directory's, so that it cannot lead, and is recovered as any other.
    [Fact]
    public void A_node_that_only_follows_the_past_of_its_number_can_be_recovered()
    {
        using FakeDisk disk = new(512 << 10);
        using (DataDirectory data = DataDirectory.Open(disk.OpenDirectory(), RaftNode.LogOptionsOf(Options with { Voters = [2, 3] })))
        {
            byte[] past = new byte[ConfigurationFormat.MaxBytes];
            int length = ConfigurationFormat.Write(past, new Configuration([new Member(1, MemberRoles.Voter, 12345)]));
            data.HardState.Save(new HardState(3, 2));
            data.Log.Append(EntryKind.Configuration, 1, past.AsSpan(0, length));
        }

        RecoveredQuorum recovered = RaftRecovery.RecoverOn(disk.OpenDirectory(), Options, new Configuration(1));
        Assert.Equal((1, "1"), (recovered.LastIndex, recovered.Replaced.ToString()));
        using DataDirectory opened = DataDirectory.Open(disk.OpenDirectory(), RaftNode.LogOptionsOf(Options));
        Assert.Equal(opened.Incarnation, opened.Log.Read(recovered.RecoveryIndex).Configuration!.Find(1).Incarnation);
        Assert.False(opened.HardState.IsFounder);
    }

    private static ulong IncarnationOf(FakeDisk disk)
    {
        using DataDirectory data = DataDirectory.Open(disk.OpenDirectory(), RaftNode.LogOptionsOf(Options));
        return data.Incarnation;
    }

    // True if no request was refused.
    private static bool RecoverUntil(int failing, int seed, HashSet<string> ends)
    {
        using FakeDisk disk = NewDisk();
        disk.FailingCall = disk.Calls + failing;
        Exception? failure = Record.Exception(() => RaftRecovery.RecoverOn(disk.OpenDirectory(), Options, new Configuration(1)));
        Assert.True(failure is null or StorageFailedException or LogFullException, $"{failure}");
        disk.FailingCall = 0;
        Random random = new(seed);
        disk.LosePower(seed == 0 ? static _ => 0 : random.Next, bySector: seed % 2 == 1);
        long recoveryTerm = 0;
        try
        {
            RecoveredQuorum recovered = RaftRecovery.RecoverOn(disk.OpenDirectory(), Options, new Configuration(1));
            Assert.Equal((Commands, "1 2 3"), (recovered.LastIndex, recovered.Replaced.ToString()));
            recoveryTerm = recovered.RecoveryTerm;
            ends.Add("again");
            Assert.NotNull(failure);
        }
        catch (DataDirectoryException refusal)
        {
            Assert.Contains("1 (imposed)", refusal.Message, StringComparison.Ordinal);
            ends.Add("done");
        }

        RequireRecovered(disk, recoveryTerm);
        return disk.Refused is null;
    }

    private static void RequireRecovered(FakeDisk disk, long recoveryTerm)
    {
        using DataDirectory data = DataDirectory.Open(disk.OpenDirectory(), RaftNode.LogOptionsOf(Options));
        ListStateMachine stateMachine = new();
        StateRecovery.Restore(data, Options, new ReplicatedState<int>(stateMachine));
        Assert.Equal(Commands + 1, data.Log.LastIndex);
        for (int i = 1; i <= Commands; i++)
        {
            Assert.Equal($"{i}", Encoding.UTF8.GetString(data.Log.Read(i).Payload));
        }

        LogRecord entry = data.Log.Read(Commands + 1);
        Assert.True(entry.Configuration is { IsImposed: true });
        Assert.Equal(data.Incarnation, entry.Configuration!.Find(1).Incarnation);
        Assert.Equal((entry.Term, 1UL), (data.HardState.Current.Term, data.HardState.Current.Vote));
        Assert.True(entry.Term >= Math.Max(recoveryTerm, 1L << 32));
    }

    private static FakeDisk NewDisk()
    {
        FakeDisk disk = new(512 << 10);
        using DataDirectory data = DataDirectory.Open(disk.OpenDirectory(), RaftNode.LogOptionsOf(Options));
        data.HardState.Save(new HardState(3, 2));
        for (int i = 1; i <= Commands; i++)
        {
            data.Log.Append(EntryKind.Command, 3, Encoding.UTF8.GetBytes($"{i}"));
        }

        return disk;
    }
}
