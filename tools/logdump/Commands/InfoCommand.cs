using System.CommandLine;
using RaftEngine.Log;
using RaftEngine.LogDump.Output;

namespace RaftEngine.LogDump.Commands;

/// <summary><c>logdump info DIR</c>: whose log it is, and what it holds.</summary>
internal static class InfoCommand
{
    private static readonly TableSchema Summary = new(
        "log",
        "log",
        new Column("clusterId", "cluster"),
        Column.Number("groupId", "group"),
        Column.Number("nodeId", "node"),
        new Column("logId", "log id"),
        Column.Number("term", "term"),
        Column.Number("vote", "vote"),
        Column.Number("firstIndex", "first index"),
        Column.Number("lastIndex", "last index"),
        Column.Number("lastTerm", "last term"),
        Column.Number("recordBytes", "records, bytes"),
        Column.Number("tornTailBytes", "torn tail, bytes"),
        Column.Number("syncedThrough", "synced through"),
        new Column("fingerprint", "fingerprint"))
    { IsSingle = true };

    public static Command Create(CommandLine line)
    {
        Argument<string> directory = DirectoryArgument.Create();
        Command command = new("info", "Shows the owner, the hard state and the extent of a log.") { directory };
        line.OnRun(command, (parsed, context) => Run(parsed.GetRequiredValue(directory), context));
        return command;
    }

    private static int Run(string directory, CommandContext context)
    {
        LogInspector inspector = LogInspector.Open(directory);
        LogVerification log = inspector.Verify();
        RowWriter rows = context.Rows;
        rows.BeginTable(Summary);
        rows.Text($"{inspector.Owner.ClusterId}");
        rows.Unsigned(inspector.Owner.GroupId);
        rows.Unsigned(inspector.Owner.NodeId);
        rows.Text($"{inspector.Owner.LogId}");
        rows.Number(inspector.HardState.Term);
        rows.Unsigned(inspector.HardState.Vote);
        rows.Number(log.FirstIndex);
        rows.Number(log.LastIndex);
        rows.Number(log.LastTerm);
        rows.Number(log.RecordBytes);
        rows.Number(log.TornTailBytes);
        rows.Number(log.SyncedThrough);
        rows.Hex(log.Fingerprint);
        rows.EndRow();
        return log.Damage is null ? ExitCodes.Clean : throw log.Damage;
    }
}
