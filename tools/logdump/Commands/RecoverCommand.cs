using System;
using System.Collections.Immutable;
using System.CommandLine;
using System.Linq;
using RaftEngine.Log;
using RaftEngine.LogDump.Output;
using RaftEngine.LogDump.Reading;
using RaftEngine.LogDump.Recovering;
using RaftEngine.Protocol;

namespace RaftEngine.LogDump.Commands;

/// <summary><c>logdump recover DIR</c>: makes the node that has survived the loss of a majority a cluster of its own; without <c>--apply</c>, says what it would cost.</summary>
internal static class RecoverCommand
{
    private const string AcknowledgedCommands = "acknowledged-commands";

    private static readonly TableSchema Recovery = new(
        "recovery",
        "recovery",
        Column.Number("node", "node"),
        new Column("clusterId", "cluster"),
        Column.Number("lastIndex", "last index"),
        Column.Number("lastTerm", "last term"),
        new Column("fingerprint", "fingerprint"),
        Column.Number("knownCommittedIndex", "known to be committed"),
        Column.Number("entriesTakenAsCommitted", "entries taken as committed"),
        new Column("membersBefore", "members before"),
        new Column("members", "members"),
        Column.Number("recoveryIndex", "recorded at index"),
        Column.Number("recoveryTerm", "in term"),
        new Column("isApplied", "applied"))
    { IsSingle = true };

    public static Command Create(CommandLine line)
    {
        Argument<string> directory = DirectoryArgument.Create();
        Option<bool> apply = new("--apply") { Description = "Does it. Without this option nothing is changed." };
        Option<string?> loss = new("--accept-loss") { Description = $"What may be lost: {AcknowledgedCommands}. Needed with --apply." };
        loss.AcceptOnlyFromAmong(AcknowledgedCommands);
        Option<ulong[]> join = Nodes("--join", "The nodes that are to join it as promotable learners, with empty directories.");
        Option<ulong[]> voters = Nodes("--voters", "The voters that the cluster began with; needed if the log names no members.");
        Command command = new("recover", "Makes a surviving node a cluster of its own, after a majority is lost for good; says what that costs. Only looks, without --apply.")
        {
            directory,
            apply,
            loss,
            join,
            voters,
        };
        line.OnRun(command, (parsed, context) =>
        {
            LogInspector survivor = Subject.OpenLog(parsed.GetRequiredValue(directory));
            if (survivor.IsSingleSegment)
            {
                throw new UsageException("A segment is no node. Name the survivor's data directory.");
            }

            SurvivorPlan plan = SurvivorPlan.Of(survivor, parsed.GetValue(voters) ?? [], parsed.GetValue(join) ?? []);
            bool isApplying = parsed.GetValue(apply);
            if (isApplying && parsed.GetValue(loss) is null)
            {
                Tell(plan, context);
                throw new UsageException($"Nothing was changed. To accept this cost, add --accept-loss {AcknowledgedCommands}.");
            }

            return isApplying ? Apply(plan, context) : Look(plan, context);
        });
        return command;
    }

    private static Option<ulong[]> Nodes(string name, string description) => new(name) { Description = description, AllowMultipleArgumentsPerToken = true };

    private static int Look(SurvivorPlan plan, CommandContext context)
    {
        Show(plan.Outlook, isApplied: false, context.Rows);
        Tell(plan, context);
        context.Say($"Nothing was changed. To do it: --apply --accept-loss {AcknowledgedCommands}");
        return ExitCodes.Clean;
    }

    private static int Apply(SurvivorPlan plan, CommandContext context)
    {
        RecoveredQuorum recovered = plan.Apply(context.Interrupted);
        Show(recovered, isApplied: true, context.Rows);
        context.Say($"Node {recovered.NodeId} is a cluster of its own from index {recovered.RecoveryIndex} on. Start it; add the others with empty directories.");
        return ExitCodes.Clean;
    }

    private static void Show(RecoveredQuorum recovered, bool isApplied, RowWriter rows)
    {
        rows.BeginTable(Recovery);
        rows.Unsigned(recovered.NodeId);
        rows.Text($"{recovered.ClusterId}");
        rows.Number(recovered.LastIndex);
        rows.Number(recovered.LastTerm);
        rows.Hex(recovered.Fingerprint);
        rows.Number(recovered.KnownCommittedIndex);
        rows.Number(recovered.EntriesTakenAsCommitted, recovered.EntriesTakenAsCommitted > 0 ? Tone.Warning : Tone.Plain);
        rows.Text($"{recovered.Replaced}");
        rows.Text($"{recovered.Members}");
        rows.Number(recovered.RecoveryIndex);
        rows.Number(recovered.RecoveryTerm);
        rows.Flag(isApplied);
        rows.EndRow();
    }

    private static void Tell(SurvivorPlan plan, CommandContext context)
    {
        RecoveredQuorum outlook = plan.Outlook;
        ImmutableArray<ulong> others = [.. outlook.Replaced.Members.Select(static member => member.NodeId).Where(id => id != outlook.NodeId)];
        string[] costs =
        [
            "Commands that were acknowledged are lost, if only the nodes that are gone had them. How many, nothing here "
                + $"tells: this log ends at index {outlook.LastIndex}, term {outlook.LastTerm}.",
            $"{outlook.EntriesTakenAsCommitted} entries, from index {outlook.KnownCommittedIndex + 1} on, become "
                + "committed, though this directory does not prove that they ever were. Commands whose callers were told "
                + "that their outcome is unknown may take effect by it.",
            $"Node {outlook.NodeId} becomes the only voter: until others have joined it, its loss is the loss of "
                + "everything.",
            $"The nodes {string.Join(", ", others)} are no members any more. If a majority of them runs after all, there "
                + "are two clusters, and clients of both are lied to: stop them for good, and empty their directories "
                + "before they are added again.",
            "There is no way back. Copy the directory first.",
        ];
        context.Say("This is a last resort, for a majority that is lost for good. What it costs:");
        context.Say(string.Join('\n', costs.Select(static cost => "  * " + cost)));
        context.Say("Of several survivors, take the one with the highest last term, and among those the highest last index "
            + "('logdump verify' tells them).");
    }
}
