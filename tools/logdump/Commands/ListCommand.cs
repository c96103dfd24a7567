using System;
using System.CommandLine;
using System.Globalization;
using RaftEngine.Log;
using RaftEngine.LogDump.Decoding;
using RaftEngine.LogDump.Output;
using RaftEngine.LogDump.Reading;
using RaftEngine.Protocol;
using RaftEngine.Storage;

namespace RaftEngine.LogDump.Commands;

/// <summary><c>logdump list DIR</c>: a row a record, as fast as they can be read.</summary>
internal sealed class ListCommand
{
    private readonly Argument<string> _directory = DirectoryArgument.Create();
    private readonly Option<long> _from = new("--from") { Description = "The first index to show.", DefaultValueFactory = static _ => 0 };
    private readonly Option<long> _to = new("--to") { Description = "The last index to show.", DefaultValueFactory = static _ => long.MaxValue };
    private readonly Option<long?> _term = new("--term") { Description = "Shows entries of this term alone." };
    private readonly Option<string?> _kind = new("--kind") { Description = "Shows entries of this kind alone." };
    private readonly Option<long> _limit = new("--limit", "-n") { Description = "The most entries to show.", DefaultValueFactory = static _ => long.MaxValue };
    private readonly Option<bool> _reverse = new("--reverse", "-r") { Description = "Shows the last one first." };
    private readonly Option<string?> _decoder = DecoderOption.Create();

    private ListCommand() => _kind.AcceptOnlyFromAmong(KindNames.All);

    public static Command Create(CommandLine line)
    {
        ListCommand list = new();
        Command command = new("list", "Lists entries: index, term, kind, payload length, segment, offset, chain value, start of the payload.")
        {
            list._directory,
            list._from,
            list._to,
            list._term,
            list._kind,
            list._limit,
            list._reverse,
            list._decoder,
        };
        line.OnRun(command, list.Run);
        return command;
    }

    private int Run(ParseResult parsed, CommandContext context)
    {
        long from = parsed.GetValue(_from);
        long to = parsed.GetValue(_to);
        long limit = parsed.GetValue(_limit);
        if (from > to)
        {
            throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"--from {from} is greater than --to {to}."));
        }

        if (limit < 1)
        {
            throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"--limit {limit} is less than 1."));
        }

        LogInspector inspector = Subject.OpenLog(parsed.GetRequiredValue(_directory));
        using PayloadDecoder? decoder = DecoderOption.Open(parsed.GetValue(_decoder));
        EntryRows entries = new(context.Rows, decoder);
        LogRecordVisitor visitor = Visitor(entries, parsed.GetValue(_term), parsed.GetValue(_kind), limit);
        try
        {
            if (parsed.GetValue(_reverse))
            {
                inspector.VisitBackward(from, to, visitor, context.Interrupted);
            }
            else
            {
                inspector.Visit(from, to, visitor, context.Interrupted);
            }
        }
        catch (Exception e) when (e is LogCorruptedException or StorageFailedException or OperationCanceledException)
        {
            entries.Complete(); // what was found before is shown
            throw;
        }

        entries.Complete();
        return ExitCodes.Clean;
    }

    private static LogRecordVisitor Visitor(EntryRows entries, long? onlyTerm, string? onlyKind, long limit)
    {
        EntryKind? kind = onlyKind is null ? null : KindNames.Parse(onlyKind);
        long left = limit;
        return (segment, offset, record) =>
        {
            if ((onlyTerm is null || record.Term == onlyTerm) && (kind is null || record.Kind == kind))
            {
                entries.Write(segment, offset, record);
                left--;
            }

            return left > 0;
        };
    }
}
