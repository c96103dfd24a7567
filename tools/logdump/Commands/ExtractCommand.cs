using System;
using System.CommandLine;
using System.Globalization;
using System.IO;
using RaftEngine.Log;
using RaftEngine.LogDump.Decoding;
using RaftEngine.LogDump.Extracting;
using RaftEngine.LogDump.Output;
using RaftEngine.LogDump.Reading;

namespace RaftEngine.LogDump.Commands;

/// <summary><c>logdump extract DIR</c>: records with their whole payloads, for other programs.</summary>
internal static class ExtractCommand
{
    private const int BufferBytes = 1 << 20;

    public static Command Create(CommandLine line)
    {
        Argument<string> directory = DirectoryArgument.Create();
        Option<long> from = new("--from") { Description = "The first index.", DefaultValueFactory = static _ => 0 };
        Option<long> to = new("--to") { Description = "The last index.", DefaultValueFactory = static _ => long.MaxValue };
        Option<bool> binary = new("--binary") { Description = "Writes records as they stand in the log, which the chain proves, instead of a JSON object a line." };
        Option<string?> output = new("--output", "-o") { Description = "The file to write, which must not exist; standard output if none is named." };
        Option<string?> decoder = DecoderOption.Create();
        Command command = new("extract", "Writes records with their whole payloads: as lines of JSON, or binary.") { directory, from, to, binary, output, decoder };
        line.OnRun(command, (parsed, context) =>
        {
            (long first, long last) = (parsed.GetValue(from), parsed.GetValue(to));
            if (first > last)
            {
                throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"--from {first} is greater than --to {last}."));
            }

            if (!context.IsForPeople)
            {
                throw new UsageException("extract writes lines of JSON, or with --binary binary; it takes no --format.");
            }

            LogInspector inspector = Subject.OpenLog(parsed.GetRequiredValue(directory));
            using PayloadDecoder? opened = DecoderOption.Open(parsed.GetValue(decoder));
            using FileStream? file = parsed.GetValue(output) is { } path ? new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, BufferBytes) : null;
            return parsed.GetValue(binary)
                ? WriteBinary(inspector, first, last, file ?? (Stream)new BufferedStream(context.Output, BufferBytes), context)
                : WriteJson(inspector, first, last, opened, file ?? context.Output, context);
        });
        return command;
    }

    private static int WriteJson(LogInspector inspector, long from, long to, PayloadDecoder? decoder, Stream output, CommandContext context)
    {
        JsonExtract extract = new(new Utf8Buffer(output), decoder);
        try
        {
            inspector.Visit(from, to, (_, _, record) =>
            {
                extract.Write(record);
                return true;
            }, context.Interrupted);
        }
        finally
        {
            extract.Complete(); // what is intact before damage is worth having
        }

        return ExitCodes.Clean;
    }

    // Without its end, if it does not come to that: who reads it sees that records are missing.
    private static int WriteBinary(LogInspector inspector, long from, long to, Stream output, CommandContext context)
    {
        BinaryExtract extract = new(output, inspector.Owner);
        LogStart start = inspector.ReadStart();
        ulong before = start.ChainSeed;
        try
        {
            inspector.Visit(Math.Max(start.FirstIndex, from - 1), to, (_, _, record) =>
            {
                if (record.Index < from)
                {
                    before = record.Chain;
                    return true;
                }

                return extract.TryWrite(record, before)
                    ? true
                    : throw new DataDirectoryException(inspector.Path, $"the log was changed at index {record.Index} while it was read. Extract it again.");
            }, context.Interrupted);
            extract.Complete();
        }
        finally
        {
            output.Flush();
        }

        return ExitCodes.Clean;
    }
}
