using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using RaftEngine.Log;
using RaftEngine.LogDump.Output;
using RaftEngine.LogDump.Reading;
using RaftEngine.Storage;
using Spectre.Console.Rendering;

namespace RaftEngine.LogDump.Commands;

/// <summary>What a running command has: where its data and its words go, and whether it is to go on.</summary>
internal sealed class CommandContext(RowWriter rows, Terminal terminal, bool isQuiet)
{
    private const int BarWidth = 40;

    /// <summary>Where the data goes.</summary>
    public RowWriter Rows { get; } = rows;

    /// <summary>Standard output, for data that are no rows.</summary>
    public Stream Output => terminal.Output;

    /// <summary>Is cancelled when the user has had enough. A command that then ends by an <see cref="OperationCanceledException"/> has the exit code
    /// <see cref="ExitCodes.Interrupted"/>.</summary>
    public CancellationToken Interrupted => terminal.Interrupted;

    /// <summary>The width that pictures may have, in characters.</summary>
    public int Width => terminal.Width > 0 ? terminal.Width : int.MaxValue;

    /// <summary>The width that a bar in the last column of a streamed table may have, in characters.</summary>
    public int LastWidth => Rows is TableRows tables ? Math.Min(BarWidth, tables.LastWidth) : BarWidth;

    /// <summary>True if the output is for people: pictures are drawn.</summary>
    public bool IsForPeople => Rows is TableRows;

    /// <summary>True if nothing is to be said but what is wrong.</summary>
    public bool IsQuiet => isQuiet;

    /// <summary>Says what is wrong, on standard error.</summary>
    public void Say(string line)
    {
        Rows.Flush(); // where both go to one terminal, data come first
        terminal.Say(line);
    }

    /// <summary>Warns of something that is no damage, unless it is to be quiet.</summary>
    public void Warn(string line) => Advise("warning: " + line);

    /// <summary>Says what to do next, unless it is to be quiet.</summary>
    public void Advise(string line)
    {
        if (!isQuiet)
        {
            Say(line);
        }
    }

    /// <summary>Says what a verification has found, and what to do next.</summary>
    /// <param name="found">The verification.</param>
    /// <param name="path">What was verified.</param>
    public void Tell(DirectoryVerification found, string path)
    {
        foreach (Finding finding in found.Findings)
        {
            if (finding.IsDamage)
            {
                Say(finding.What);
            }
            else
            {
                Warn(finding.What);
            }
        }

        if (found.IsDamaged)
        {
            Advise(Advice.Next(found, path));
        }
    }

    /// <summary>Verifies a directory or a segment, and if the command takes one, a backup.</summary>
    public DirectoryVerification Verify(string path, bool isQuick = false, bool takesBackup = false)
    {
        if (!takesBackup && Subject.IsBackup(path))
        {
            throw Subject.IsNoLog(path);
        }

        using ProgressLine progress = Progress(path);
        return DirectoryVerification.Of(path, new Looking(Interrupted)
        {
            IsQuick = isQuick,
            Patience = terminal.Patience,
            OnProgress = progress.Report
        });
    }

    /// <summary>Looks further into what has been verified. If it is damaged, that may fail too: then it is said, and
    /// what has been found stands.</summary>
    public IReadOnlyList<T> Behind<T>(DirectoryVerification found, Func<LogInspector, IReadOnlyList<T>> read)
    {
        try
        {
            return found.Inspector is null ? [] : read(found.Inspector);
        }
        catch (Exception e) when (found.IsDamaged && e is LogCorruptedException or StorageFailedException)
        {
            if (found.Findings.All(finding => finding.What != e.Message))
            {
                Say(e.Message);
            }

            return [];
        }
    }

    /// <summary>Draws a picture, if the output is for people. Whatever it shows is in the tables too.</summary>
    public void Draw(Func<IRenderable> picture)
    {
        if (Rows is TableRows tables)
        {
            tables.Draw(picture());
        }
    }

    /// <summary>A line that says how far a pass over all segments of a directory has come, where somebody looks.</summary>
    public ProgressLine Progress(string path) => isQuiet || !terminal.ErrorIsTerminal ? new(null, 0)
        : new(terminal.Error, Directory.Exists(path)
            ? new DirectoryInfo(path).EnumerateFiles("*" + SegmentFormat.Extension).Sum(static file => file.Length)
            : 0);
}
