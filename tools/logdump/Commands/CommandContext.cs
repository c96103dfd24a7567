using System;
using System.Threading;
using RaftEngine.LogDump.Output;
using Spectre.Console.Rendering;

namespace RaftEngine.LogDump.Commands;

/// <summary>What a running command has: where its data and its words go, and whether it is to go on.</summary>
internal sealed class CommandContext(RowWriter rows, Terminal terminal)
{
    /// <summary>Where the data goes.</summary>
    public RowWriter Rows { get; } = rows;

    /// <summary>Is cancelled when the user has had enough. A command that ends by an <see cref="OperationCanceledException"/> ends with <see cref="ExitCodes.Interrupted"/>.</summary>
    public CancellationToken Interrupted => terminal.Interrupted;

    /// <summary>The width that pictures may have, in characters.</summary>
    public int Width => terminal.Width;

    /// <summary>True if the output is for people: pictures are drawn.</summary>
    public bool IsForPeople => Rows is TableRows;

    /// <summary>Says something on standard error.</summary>
    public void Say(string line) => terminal.Error.WriteLine(line);

    /// <summary>Warns of something that is no damage.</summary>
    public void Warn(string line) => terminal.Error.WriteLine("warning: " + line);

    /// <summary>Draws a picture, if the output is for people. Whatever it shows is in the tables too.</summary>
    public void Draw(Func<IRenderable> picture)
    {
        if (Rows is TableRows tables)
        {
            tables.Draw(picture());
        }
    }

    /// <summary>A line that says how far the command has come, where somebody looks.</summary>
    public ProgressLine Progress(long totalBytes) => new(terminal.ErrorIsTerminal ? terminal.Error : null, totalBytes);
}
