using System;
using System.IO;
using System.Linq;
using System.Threading;
using RaftEngine.Log;
using RaftEngine.LogDump.Output;
using Spectre.Console.Rendering;

namespace RaftEngine.LogDump.Commands;

/// <summary>What a running command has: where its data and its words go, and whether it is to go on.</summary>
internal sealed class CommandContext(RowWriter rows, Terminal terminal)
{
    /// <summary>Where the data goes.</summary>
    public RowWriter Rows { get; } = rows;

    /// <summary>Standard output, for data that are no rows.</summary>
    public Stream Output => terminal.Output;

    /// <summary>Is cancelled when the user has had enough. A command that then ends by an <see cref="OperationCanceledException"/> has the exit code
    /// <see cref="ExitCodes.Interrupted"/>.</summary>
    public CancellationToken Interrupted => terminal.Interrupted;

    /// <summary>The width that pictures may have, in characters.</summary>
    public int Width => terminal.Width;

    /// <summary>True if the output is for people: pictures are drawn.</summary>
    public bool IsForPeople => Rows is TableRows;

    /// <summary>Says something on standard error.</summary>
    public void Say(string line) => terminal.Error.WriteLine(line);

    /// <summary>Warns of something that is no damage.</summary>
    public void Warn(string line) => terminal.Error.WriteLine("warning: " + line);

    /// <summary>Warns of a torn tail.</summary>
    public void WarnOfTornTail(LogVerification log) => Warn(
        $"behind the last record, {log.LastIndex}, stand {log.TornTailBytes} bytes of a write that has not finished; the node cuts them when it opens the log.");

    /// <summary>Draws a picture, if the output is for people. Whatever it shows is in the tables too.</summary>
    public void Draw(Func<IRenderable> picture)
    {
        if (Rows is TableRows tables)
        {
            tables.Draw(picture());
        }
    }

    /// <summary>A line that says how far a pass over all segments of a directory has come, where somebody looks.</summary>
    public ProgressLine Progress(string directory) =>
        terminal.ErrorIsTerminal ? new(terminal.Error, new DirectoryInfo(directory).EnumerateFiles("*" + SegmentFormat.Extension).Sum(static file => file.Length)) : new(null, 0);
}
