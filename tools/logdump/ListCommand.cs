using System;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Text;
using RaftEngine.Log;

namespace RaftEngine.LogDump;

/// <summary><c>logdump list DIR</c>: a line a record.</summary>
internal static class ListCommand
{
    private const int PreviewBytes = 48;

    public static Command Create(TextWriter output, TextWriter error)
    {
        Argument<string> directory = DirectoryArgument.Create();
        Option<long> from = new("--from") { Description = "The first index to show.", DefaultValueFactory = _ => 0 };
        Option<long> to = new("--to") { Description = "The last index to show.", DefaultValueFactory = _ => long.MaxValue };
        Command command = new("list", "Lists records: index, term, kind, payload length, segment, offset, chain value, start of the payload.")
        {
            directory,
            from,
            to,
        };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(directory), parsed.GetValue(from), parsed.GetValue(to), output, error));
        return command;
    }

    private static int Run(string directory, long from, long to, TextWriter output, TextWriter error)
    {
        // Here, and not in a validator: a validator sees neither defaults nor what can not be parsed.
        if (from > to)
        {
            error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"--from {from} is greater than --to {to}."));
            return ExitCodes.Usage;
        }

        LogInspector inspector = LogInspector.Open(directory);
        output.WriteLine($"{"index",12} {"term",8} {"kind",-13} {"bytes",8} {"segment",-28} {"offset",10} {"chain",-16} payload");
        StringBuilder preview = new(PreviewBytes);
        inspector.Visit(from, to, (segment, offset, record) =>
        {
            preview.Clear();
            if (record.Configuration is { } members)
            {
                preview.Append(CultureInfo.InvariantCulture, $"members {members}");
            }
            else
            {
                Preview(preview, record.Payload);
            }

            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{record.Index,12} {record.Term,8} {record.Kind,-13} {record.Payload.Length,8} {segment,-28} {offset,10} {record.Chain:x16} {preview}"));
            return true;
        });
        return ExitCodes.Clean;
    }

    /// <summary>The start of a payload, one character a byte: what is not printable ASCII is a dot.</summary>
    private static void Preview(StringBuilder preview, ReadOnlySpan<byte> payload)
    {
        foreach (byte value in payload[..Math.Min(PreviewBytes, payload.Length)])
        {
            preview.Append(value is >= 0x20 and < 0x7F ? (char)value : '.');
        }

        if (payload.Length > PreviewBytes)
        {
            preview.Append('…');
        }
    }
}
