using System;
using System.CommandLine;
using System.Globalization;
using RaftEngine.Log;
using RaftEngine.LogDump.Decoding;
using RaftEngine.LogDump.Output;
using RaftEngine.LogDump.Reading;
using RaftEngine.Protocol;

namespace RaftEngine.LogDump.Commands;

/// <summary><c>logdump show DIR INDEX</c>: one entry, to its last byte.</summary>
internal static class ShowCommand
{
    private static readonly TableSchema Entry = new(
        "entry",
        "entryHeader",
        new Column("index", "index"),
        new Column("term", "term"),
        new Column("kind", "kind"),
        new Column("bytes", "payload, bytes"),
        new Column("recordBytes", "record, bytes"),
        new Column("segment", "segment"),
        new Column("offset", "offset"),
        new Column("previousChain", "chain before"),
        new Column("chain", "chain"))
    { IsSingle = true };

    private static readonly TableSchema Session = new(
        "session",
        "sessionOperation",
        new Column("operation", "session operation"),
        new Column("logTimeMilliseconds", "log's time, ms"),
        new Column("sessionId", "session"),
        new Column("sequence", "sequence"),
        new Column("firstUnsettled", "first unsettled"),
        new Column("timeoutMilliseconds", "timeout, ms"),
        new Column("maxSessions", "most sessions"))
    { IsSingle = true };

    private static readonly TableSchema Members = new(
        "members",
        "member",
        Column.Number("nodeId", "member"),
        new Column("roles", "roles"),
        new Column("incarnation", "incarnation"),
        new Column("isImposed", "imposed"));

    private static readonly TableSchema Decoded =
        new("decoded", "decoded", new Column("text", "what it says") { IsProse = true }) { IsSingle = true };

    public static Command Create(CommandLine line)
    {
        Argument<string> directory = DirectoryArgument.Create();
        Argument<long> index = new("INDEX") { Description = "The entry's index." };
        Option<string?> decoder = DecoderOption.Create();
        Command command = new("show", "Shows one entry: its header, what its payload says, and all its bytes.") { directory, index, decoder };
        line.OnRun(command, (parsed, context) =>
        {
            using PayloadDecoder? opened = DecoderOption.Open(parsed.GetValue(decoder));
            return Run(parsed.GetRequiredValue(directory), parsed.GetValue(index), opened, context);
        });
        return command;
    }

    private static int Run(string directory, long index, PayloadDecoder? decoder, CommandContext context)
    {
        LogInspector inspector = Subject.OpenLog(directory);
        LogStart start = inspector.ReadStart();
        ulong previousChain = start.ChainSeed;
        bool isFound = false;
        inspector.Visit(Math.Max(start.FirstIndex, index - 1), index, (segment, offset, record) =>
        {
            if (record.Index == index)
            {
                isFound = true;
                Write(context, segment, offset, record, previousChain);
                WriteDecoded(context.Rows, decoder?.Tell(record));
            }

            previousChain = record.Chain;
            return true;
        }, context.Interrupted);
        if (isFound)
        {
            return ExitCodes.Clean;
        }

        LogVerification log = inspector.VerifyEnd(context.Interrupted);
        throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"The log has no index {index}; it holds {log.FirstIndex} to {log.LastIndex}."));
    }

    private static void Write(CommandContext context, string segment, long offset, in LogRecord record, ulong previousChain)
    {
        RowWriter rows = context.Rows;
        rows.BeginTable(Entry);
        rows.Number(record.Index);
        rows.Number(record.Term);
        rows.Text(KindNames.Of(record.Kind));
        rows.Number(record.Payload.Length);
        rows.Number(RecordFormat.SizeOf((uint)record.Payload.Length));
        rows.Text(segment);
        rows.Number(offset);
        rows.Hex(previousChain);
        rows.Hex(record.Chain, Tone.Strong);
        rows.EndRow();
        if (record.Kind == EntryKind.Session && SessionFormat.TryRead(record.Payload, out SessionHeader header))
        {
            WriteSession(rows, header, record.Index);
        }

        if (record.Configuration is { } configuration)
        {
            WriteMembers(rows, configuration);
        }

        if (!record.Payload.IsEmpty || !context.IsForPeople)
        {
            HexText.Write(rows, record.Payload, context.IsForPeople);
        }
    }

    private static void WriteDecoded(RowWriter rows, string? text)
    {
        if (text is not null)
        {
            rows.BeginTable(Decoded);
            rows.Text(text);
            rows.EndRow();
        }
    }

    private static void WriteSession(RowWriter rows, in SessionHeader header, long index)
    {
        rows.BeginTable(Session);
        rows.Text(header.Operation switch
        {
            SessionOperation.Open => "open",
            SessionOperation.Command => "command",
            SessionOperation.Keep => "keep",
            _ => "close",
        });
        rows.Number(header.TimeMilliseconds);
        rows.Number(header.Operation == SessionOperation.Open ? index : header.SessionId);
        rows.NumberOrNothing(header.Sequence == 0 ? null : header.Sequence);
        rows.NumberOrNothing(header.FirstUnsettled == 0 ? null : header.FirstUnsettled);
        rows.NumberOrNothing(header.TimeoutMilliseconds == 0 ? null : header.TimeoutMilliseconds);
        rows.NumberOrNothing(header.MaxSessions == 0 ? null : header.MaxSessions);
        rows.EndRow();
    }

    private static void WriteMembers(RowWriter rows, Configuration configuration)
    {
        rows.BeginTable(Members);
        foreach (Member member in configuration.Members)
        {
            rows.Unsigned(member.NodeId);
            rows.Text(RolesOf(member.Roles));
            rows.HexOrNothing(member.Incarnation == 0 ? null : member.Incarnation);
            rows.Flag(configuration.IsImposed);
            rows.EndRow();
        }
    }

    private static string RolesOf(MemberRoles roles)
    {
        (MemberRoles Role, string Name)[] names =
        [
            (MemberRoles.Voter, "voter"), (MemberRoles.OutgoingVoter, "outgoing-voter"), (MemberRoles.Learner, "learner"), (MemberRoles.Promotable, "promotable"),
        ];
        return string.Join(' ', Array.ConvertAll(Array.FindAll(names, name => (roles & name.Role) != 0), static name => name.Name));
    }
}
