using System;
using System.Globalization;
using System.IO;
using System.Threading.Tasks;
using Spectre.Console;

namespace RaftEngine.Samples.Kv.Demo;

/// <summary>Shows progress on standard error: as a bar on a terminal, as plain lines where it is redirected.</summary>
internal sealed class ConsoleProgress : IDemoProgress
{
    private readonly Action<string> _say;
    private readonly ProgressTask? _bar;

    private ConsoleProgress(Action<string> say, ProgressTask? bar)
    {
        _say = say;
        _bar = bar;
    }

    /// <summary>Runs something that reports its progress.</summary>
    public static async Task<T> ShowAsync<T>(Func<IDemoProgress, Task<T>> run)
    {
        TextWriter error = Console.Error;
        if (Console.IsErrorRedirected)
        {
            return await run(new ConsoleProgress(error.WriteLine, null)).ConfigureAwait(false);
        }

        IAnsiConsole terminal = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(error) });
        Progress progress = terminal.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn());
        return await progress.StartAsync(bars => run(new ConsoleProgress(text => terminal.WriteLine(text), bars.AddTask("commands"))))
            .ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Say(string text) => _say(text);

    /// <inheritdoc/>
    public void Report(long acknowledged, long total)
    {
        if (_bar is not null)
        {
            _bar.MaxValue = total;
            _bar.Value = acknowledged;
            _bar.Description = string.Create(CultureInfo.InvariantCulture, $"{acknowledged:N0} commands");
        }
    }
}
