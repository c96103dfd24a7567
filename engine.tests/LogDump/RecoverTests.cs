using System;
using System.Text.Json;
using System.Threading.Tasks;
using RaftEngine.Log;
using RaftEngine.Tests.Log;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests.LogDump;

/// <summary>Recovery says what it costs, and does nothing until that has been accepted.</summary>
public sealed class RecoverTests
{
    [Fact]
    public async Task The_survivor_is_recovered_once_the_loss_is_accepted_and_what_was_foretold_comes_true()
    {
        InMemoryNetwork network = new();
        await using TestCluster cluster = new(3, network.CreateTransport);
        await cluster.StartAsync();
        for (int i = 0; i < 20; i++)
        {
            await cluster.ProposeAsync($"{i}");
        }

        await cluster.ConvergeAsync();
        string[] commands = cluster.StateMachines[1].Commands;
        string directory = cluster.DataDirectory(1);
        DumpRun live = DumpRun.Of("recover", directory, "--apply", "--accept-loss", "acknowledged-commands");
        Assert.Equal(3, live.ExitCode);
        Assert.Contains("has it open", live.Error, StringComparison.Ordinal);
        foreach (ulong id in cluster.Ids)
        {
            await cluster.Nodes[id].DisposeAsync();
        }

        LogVerification before = LogInspector.Open(directory).Verify();
        DumpRun looked = DumpRun.Of("recover", directory, "--join", "4", "5", "--format", "json");
        Assert.Equal(0, looked.ExitCode);
        Assert.Contains("What it costs", looked.Error, StringComparison.Ordinal);
        Assert.Contains("Nothing was changed", looked.Error, StringComparison.Ordinal);
        DumpRun unaccepted = DumpRun.Of("recover", directory, "--apply");
        Assert.Equal(2, unaccepted.ExitCode);
        Assert.Contains("What it costs", unaccepted.Error, StringComparison.Ordinal);
        Assert.Equal(before, LogInspector.Open(directory).Verify());

        DumpRun applied = DumpRun.Of("recover", directory, "--apply", "--accept-loss", "acknowledged-commands", "--join", "4", "5", "--format", "json");
        Assert.Equal((0, looked.Output.Replace("\"isApplied\":false", "\"isApplied\":true", StringComparison.Ordinal)), (applied.ExitCode, applied.Output));
        JsonElement recovery = JsonDocument.Parse(applied.Output).RootElement.GetProperty("recovery");
        Assert.Equal(before.LastIndex + 1, recovery.GetProperty("recoveryIndex").GetInt64());
        Assert.Equal("1 2 3", recovery.GetProperty("membersBefore").GetString());
        LogInspector after = LogInspector.Open(directory);
        Assert.Equal((before.LastIndex + 1, recovery.GetProperty("recoveryTerm").GetInt64()), (after.Verify().LastIndex, after.HardState.Term));
        Assert.Contains("(imposed)", DumpRun.Of("tail", directory, "-n", "1").Output, StringComparison.Ordinal);

        DumpRun again = DumpRun.Of("recover", directory);
        Assert.Equal(3, again.ExitCode);
        Assert.Contains("is the only voter", again.Error, StringComparison.Ordinal);

        RaftNode<int> survivor = await cluster.StartAsync(1);
        await Eventually.True(() => survivor.Status.Role == RaftRole.Leader, "it leads");
        await Eventually.True(() => cluster.StateMachines[1].Commands.Length == commands.Length, "all is applied");
        Assert.Equal(commands, cluster.StateMachines[1].Commands);
    }

    [Fact]
    public void A_log_that_names_no_members_needs_the_voters()
    {
        using TemporaryLog log = new();
        log.Append(10);
        log.Close();
        Assert.Equal(2, DumpRun.Of("recover", log.Path).ExitCode);
        Assert.Equal(0, DumpRun.Of("recover", log.Path, "--voters", "1", "2", "3").ExitCode);
        DumpRun applied = DumpRun.Of("recover", log.Path, "--voters", "1", "2", "3", "--apply", "--accept-loss", "acknowledged-commands", "--format", "json");
        Assert.Equal((0, string.Empty), (applied.ExitCode, applied.ExitCode == 0 ? string.Empty : applied.Error)); // with small segments
        Assert.Equal(11, LogInspector.Open(log.Path).Verify().LastIndex);
    }

    [Fact]
    public void Damage_and_an_empty_log_are_refused()
    {
        using TemporaryLog log = new();
        _ = log.Log;
        log.Close();
        Assert.Equal(3, DumpRun.Of("recover", log.Path, "--voters", "1", "2", "3").ExitCode);
        log.Append(10);
        log.Close();
        log.Edit(SegmentFormat.NameOf(1), static bytes => bytes[SegmentFormat.HeaderBytes + 30] ^= 1);
        Assert.Equal(1, DumpRun.Of("recover", log.Path, "--voters", "1", "2", "3").ExitCode);
    }
}
