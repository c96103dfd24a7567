using System;
using System.CommandLine;
using System.Globalization;
using RaftEngine.Log;
using RaftEngine.LogDump.Decoding;
using RaftEngine.LogDump.Output;
using RaftEngine.LogDump.Reading;

namespace RaftEngine.LogDump.Commands;

/// <summary><c>logdump tail DIR</c>: the last records, and with <c>--follow</c> those to come.</summary>
internal static class TailCommand
{
    /// <summary>How often the log is looked at. A look costs some microseconds.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(10);

    public static Command Create(CommandLine line)
    {
        Argument<string> directory = DirectoryArgument.Create();
        Option<int> count = new("--lines", "-n") { Description = "How many of the last records to show.", DefaultValueFactory = static _ => 10 };
        Option<bool> follow = new("--follow", "-f") { Description = "Goes on with the records to come, until it is interrupted." };
        Option<string?> decoder = DecoderOption.Create();
        Command command = new("tail", "Shows the last records of a log, and those to come as they are appended.") { directory, count, follow, decoder };
        line.OnRun(command, (parsed, context) =>
        {
            int lines = parsed.GetValue(count);
            if (lines < 0)
            {
                throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"--lines {lines} is negative."));
            }

            using PayloadDecoder? opened = DecoderOption.Open(parsed.GetValue(decoder));
            return Run(parsed.GetRequiredValue(directory), lines, parsed.GetValue(follow), opened, context);
        });
        return command;
    }

    private static int Run(string directory, int count, bool isFollowing, PayloadDecoder? decoder, CommandContext context)
    {
        LogInspector inspector = Subject.OpenLog(directory);
        (long first, long last) = Patiently.Read(() =>
        {
            using LogLookup log = inspector.OpenLookup();
            return (log.FirstIndex, log.LastIndex);
        });
        long from = Math.Max(first, last - count + 1);
        EntryRows entries = new(context.Rows, decoder);
        LogRecordVisitor visitor = (segment, offset, record) =>
        {
            entries.Write(segment, offset, record);
            return true;
        };
        if (isFollowing)
        {
            Follow(inspector, from, visitor, entries, context);
        }
        else if (from <= last)
        {
            inspector.Visit(from, last, visitor, context.Interrupted);
            entries.Complete();
        }

        return ExitCodes.Clean;
    }

    private static void Follow(LogInspector inspector, long from, LogRecordVisitor visitor, EntryRows entries,
        CommandContext context)
    {
        using LogFollower follower = new(inspector, from, TimeProvider.System);
        while (true)
        {
            LogChange change = follower.Look(visitor);
            entries.Complete();
            context.Rows.Flush();
            Tell(change, context);
            context.Interrupted.ThrowIfCancellationRequested();
            if (change.Kind == LogChangeKind.None)
            {
                context.Interrupted.WaitHandle.WaitOne(LookInterval);
            }
        }
    }

    private static void Tell(LogChange change, CommandContext context)
    {
        switch (change.Kind)
        {
            case LogChangeKind.Truncated:
                context.Warn($"index {change.FromIndex} to {change.ToIndex} have been truncated: what was shown of them is no longer in the log.");
                break;
            case LogChangeKind.Skipped:
                context.Warn($"index {change.FromIndex} to {change.ToIndex} are gone, compacted or covered by a snapshot, before they could be shown.");
                break;
            case LogChangeKind.Torn:
                context.Warn($"behind index {change.FromIndex - 1} stand {change.Bytes} bytes of a write that has not finished; the node cuts them when it opens the log.");
                break;
        }
    }
}
