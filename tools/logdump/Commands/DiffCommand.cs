using System;
using System.CommandLine;
using System.Linq;
using System.Text;
using RaftEngine.Log;
using RaftEngine.LogDump.Comparing;
using RaftEngine.LogDump.Decoding;
using RaftEngine.LogDump.Output;
using RaftEngine.LogDump.Reading;

namespace RaftEngine.LogDump.Commands;

/// <summary><c>logdump diff DIR DIR…</c>: whether replicas have the same log, and if not, from which index on.</summary>
internal static class DiffCommand
{
    private static readonly TableSchema Comparison = new(
        "comparison",
        "comparison",
        new Column("verdict", "verdict"),
        Column.Number("firstDifferentIndex", "first different index"),
        new Column("conclusion", "conclusion") { IsProse = true },
        Column.Number("segmentsRead", "segments read"))
    { IsSingle = true };

    private static readonly TableSchema Logs = new(
        "replicas",
        "replica",
        new Column("directory", "directory"),
        Column.Number("node", "node"),
        Column.Number("firstIndex", "first index", dropOrder: 1),
        Column.Number("lastIndex", "last index"),
        Column.Number("lastTerm", "last term", dropOrder: 2),
        new Column("fingerprint", "fingerprint"),
        Column.Number("behind", "behind"),
        Column.Number("fromDifference", "from the difference on", dropOrder: 3));

    private static readonly TableSchema Records = new(
        "records",
        "differentRecord",
        new Column("directory", "directory"),
        Column.Number("index", "index"),
        Column.Number("term", "term"),
        new Column("kind", "kind"),
        Column.Number("bytes", "bytes"),
        new Column("segment", "segment") { DropOrder = 2 },
        Column.Number("offset", "offset", dropOrder: 2),
        new Column("chain", "chain") { DropOrder = 1 },
        new Column("payload", "payload") { IsProse = true });

    public static Command Create(CommandLine line)
    {
        Argument<string[]> directories = new("DIR") { Description = "The replicas' data directories, two or more.", Arity = new ArgumentArity(2, 64) };
        Option<string?> decoder = DecoderOption.Create();
        Option<bool> verify = new("--verify") { Description = "Verifies every record of every log first: equal chain values say nothing of records that were damaged since." };
        Command command = new("diff", "Compares the logs of replicas by their chain values: whether they are equal, and where they part.") { directories, verify, decoder };
        line.OnRun(command, (parsed, context) =>
        {
            using PayloadDecoder? opened = DecoderOption.Open(parsed.GetValue(decoder));
            try
            {
                return Run(parsed.GetRequiredValue(directories), parsed.GetValue(verify), opened, context);
            }
            catch (DamagedReplicaException e)
            {
                context.Say(e.Message);
                return ExitCodes.Damage;
            }
        });
        return command;
    }

    private static int Run(string[] directories, bool verifies, PayloadDecoder? decoder, CommandContext context)
    {
        RequireDifferent(directories);
        foreach (string directory in verifies ? directories : [])
        {
            if (Subject.OpenLog(directory).Verify().Damage is { } damage)
            {
                throw new DamagedReplicaException(directory, damage);
            }
        }

        using Replicas replicas = Patiently.Read(() => Replicas.Compare(directories), static e => e is LogCorruptedException or DamagedReplicaException);
        return Show(replicas, decoder, context);
    }

    // Under whatever names: one directory always agrees with itself.
    private static void RequireDifferent(string[] paths)
    {
        for (int i = 0; i < paths.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                if (Subject.AreSame(paths[i], paths[j]))
                {
                    throw new UsageException(
                        $"'{paths[j]}' and '{paths[i]}' are one directory: name the replicas' own.");
                }
            }
        }
    }

    private static int Show(Replicas replicas, PayloadDecoder? decoder, CommandContext context)
    {
        (string verdict, string conclusion, int exitCode) = Judge(replicas);
        bool isParted = replicas.Agreement.Kind is AgreementKind.Part or AgreementKind.PartEarlier;
        RowWriter rows = context.Rows;
        rows.BeginTable(Logs);
        foreach (ReplicaLog replica in replicas.Logs)
        {
            ShowReplica(rows, replica, replicas, isParted);
        }

        if (replicas.Agreement.Kind == AgreementKind.Part)
        {
            rows.BeginTable(Records);
            foreach (ReplicaLog replica in replicas.Logs.Where(replica => replica.Has(replicas.Agreement.Index)))
            {
                ShowRecord(rows, replica, replica.Read(replicas.Agreement.Index), decoder);
            }
        }

        rows.BeginTable(Comparison);
        rows.Text(verdict, exitCode == ExitCodes.Clean ? Tone.Good : Tone.Bad);
        rows.NumberOrNothing(isParted ? replicas.Agreement.Index : null);
        rows.Text(conclusion);
        rows.Number(replicas.SegmentsRead);
        rows.EndRow();
        return exitCode;
    }

    private static (string Verdict, string Conclusion, int ExitCode) Judge(Replicas replicas)
    {
        long index = replicas.Agreement.Index;
        switch (replicas.Agreement.Kind)
        {
            case AgreementKind.PartEarlier:
                return (
                    "divergent",
                    $"The logs have different chain values at index {index} already, where one of them begins: they part there or before.",
                    ExitCodes.Damage);
            case AgreementKind.NothingInCommon:
                return ("not comparable", "One log ends before another begins, so their agreement cannot be checked.", ExitCodes.Clean);
            case AgreementKind.Part:
                return JudgeRecords(replicas, index);
            default:
                return replicas.AreEqual
                    ? ("equal", $"All have the same log, up to index {index}.", ExitCodes.Clean)
                    : ("lag", "Each has the same log as the others, as far as it goes. What one has not got yet, or has compacted, is no difference.", ExitCodes.Clean);
        }
    }

    private static (string Verdict, string Conclusion, int ExitCode) JudgeRecords(Replicas replicas, long index)
    {
        ReplicaLog[] concerned = [.. replicas.Logs.Where(replica => replica.Has(index))];
        var byChain = concerned.GroupBy(replica => replica.ChainAt(index)).ToArray();
        bool isOneTerm = byChain.GroupBy(group => group.First().Read(index).Term).Any(static term => term.Count() > 1);
        long committed = concerned.Max(static replica => replica.KnownCommitted);
        string sides = string.Join(" | ", byChain.Select(static group => string.Join(", ", group.Select(static replica => replica.Path))));
        (string verdict, string why) = isOneTerm
            ? ("divergent", "in records of one term, which Raft rules out: a replica was damaged, or wrongly restored.")
            : index <= committed
                ? ("divergent", "which was committed: a replica has lost what was acknowledged, or was wrongly restored.")
                : ("conflict", "in records of different terms. Unless it was committed, the leader's record replaces the others when their nodes hear from it.");
        return (verdict, $"The logs part at index {index}, {why} Sides: {sides}.", ExitCodes.Damage);
    }

    private static void ShowReplica(RowWriter rows, ReplicaLog replica, Replicas replicas, bool isParted)
    {
        rows.Text(replica.Path);
        rows.Unsigned(replica.Owner.NodeId);
        rows.Number(replica.Log.FirstIndex);
        rows.Number(replica.Log.LastIndex);
        rows.Number(replica.Log.LastTerm);
        rows.Hex(replica.Fingerprint);
        rows.Number(replicas.LastIndex - replica.Log.LastIndex);
        rows.Number(isParted ? Math.Max(0, replica.Log.LastIndex - replicas.Agreement.Index + 1) : 0);
        rows.EndRow();
    }

    private static void ShowRecord(RowWriter rows, ReplicaLog replica, LookedUpRecord found, PayloadDecoder? decoder)
    {
        LogRecord record = new() { Index = found.Index, Term = found.Term, Kind = found.Kind, Payload = found.Payload, Chain = found.Chain };
        rows.Text(replica.Path);
        rows.Number(record.Index);
        rows.Number(record.Term);
        rows.Text(KindNames.Utf8Of(record.Kind));
        rows.Number(record.Payload.Length);
        rows.Text(found.Segment);
        rows.Number(found.Offset);
        rows.Hex(record.Chain);
        if (decoder?.Tell(record) is { } told)
        {
            rows.Text(told);
        }
        else
        {
            byte[] preview = new byte[PayloadPreview.MaxBytes];
            rows.Text(Encoding.UTF8.GetString(preview.AsSpan(0, PayloadPreview.Write(record, preview))));
        }

        rows.EndRow();
    }
}
