using System;
using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.IO;
using System.Linq;
using RaftEngine.Log;
using RaftEngine.LogDump.Decoding;
using RaftEngine.LogDump.Output;
using RaftEngine.Protocol;
using RaftEngine.Snapshots;
using RaftEngine.Storage;

namespace RaftEngine.LogDump.Commands;

/// <summary>The command line as a whole: what all commands have in common, and what becomes of what they throw.</summary>
internal sealed class CommandLine
{
    private const int HelpBytes = 64 << 10;

    private readonly Terminal _terminal;
    private readonly RootCommand _root;

    private readonly Option<string> _format = new("--format")
    {
        Description = "How data is written: table (for people), json (one document), jsonl (an object a line), csv.",
        DefaultValueFactory = static _ => "table",
        Recursive = true,
    };

    private readonly Option<string> _color = new("--color")
    {
        Description = "Colors in tables: auto (on a terminal, unless NO_COLOR is set), always, never.",
        DefaultValueFactory = static _ => "auto",
        Recursive = true,
    };

    private readonly Option<bool> _quiet = new("--quiet", "-q")
    {
        Description = "Says nothing on standard error but what is wrong; 'verify' writes nothing at all if nothing is.",
        Recursive = true,
    };

    private readonly Option<int?> _width = new("--width")
    {
        Description = "The longest line of a table, in characters; 0 for any. By default the terminal's, or COLUMNS, or 80.",
        Recursive = true,
    };

    public CommandLine(Terminal terminal)
    {
        _terminal = terminal;
        _format.AcceptOnlyFromAmong("table", "json", "jsonl", "csv");
        _color.AcceptOnlyFromAmong("auto", "always", "never");
        _root = new RootCommand("Shows and verifies the log of a RaftEngine data directory.")
        {
            _format,
            _color,
            _quiet,
            _width,
            InfoCommand.Create(this),
            SegmentsCommand.Create(this),
            ListCommand.Create(this),
            ShowCommand.Create(this),
            VerifyCommand.Create(this),
            StatsCommand.Create(this),
            TermsCommand.Create(this),
            MapCommand.Create(this),
            ReportCommand.Create(this),
            CompletionCommand.Create(),
            TailCommand.Create(this),
            DiffCommand.Create(this),
            ExtractCommand.Create(this),
            RepairCommand.Create(this),
            RecoverCommand.Create(this),
        };
    }

    /// <summary>Runs what the arguments ask for.</summary>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public int Run(string[] arguments)
    {
        ParseResult parsed = _root.Parse(arguments);
        using StreamWriter output = new(_terminal.Output, bufferSize: HelpBytes, leaveOpen: true) { NewLine = "\n" };
        InvocationConfiguration configuration = new()
        {
            Output = output,
            Error = _terminal.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        if (parsed.Action is ParseErrorAction wrong)
        {
            wrong.ShowHelp = false;
            configuration.Output = _terminal.Error;
            parsed.Invoke(configuration);
            _terminal.Error.WriteLine("'logdump --help' and 'logdump COMMAND --help' say what there is.");
            return ExitCodes.Usage;
        }

        return Guarded(() =>
        {
            int exitCode = parsed.Invoke(configuration);
            Flush(output);
            return exitCode;
        });
    }

    private static void Flush(StreamWriter output)
    {
        try
        {
            output.Flush();
        }
        catch (IOException e)
        {
            throw new OutputFailedException(e);
        }
    }

    /// <summary>Says what a command does when it is run.</summary>
    /// <param name="command">The command.</param>
    /// <param name="run">What it does; gives one of <see cref="ExitCodes"/>. What it throws of damage and of the operating system's errors becomes one.</param>
    public void OnRun(Command command, Func<ParseResult, CommandContext, int> run) => command.SetAction(parsed =>
    {
        Terminal terminal = _terminal.WithWidth(parsed.GetValue(_width));
        bool isQuiet = parsed.GetValue(_quiet);
        RowWriter rows = Open(parsed, command.Name, terminal);
        int exitCode = Guarded(() => Run(run, parsed, new CommandContext(rows, terminal, isQuiet)));
        int completed = Guarded(() =>
        {
            rows.Complete();
            return ExitCodes.Clean;
        });
        if (rows is TableRows { Dropped.Count: > 0 } tables && terminal.ErrorIsTerminal && !isQuiet)
        {
            string dropped = string.Join("; ", tables.Dropped.Distinct());
            terminal.Say($"{terminal.Width} columns have no room for: {dropped}. --width 0 shows all of it.");
        }

        return exitCode == ExitCodes.Clean ? completed : exitCode;
    });

    // What was found before a failure is shown before the failure is told.
    private static int Run(
        Func<ParseResult, CommandContext, int> run, ParseResult parsed, CommandContext context)
    {
        try
        {
            return run(parsed, context);
        }
        catch (Exception e) when (e is not OutputFailedException)
        {
            try
            {
                context.Rows.Flush();
            }
            catch (OutputFailedException)
            {
                // The failure that came first is told.
            }

            throw;
        }
    }

    private RowWriter Open(ParseResult parsed, string command, Terminal terminal)
    {
        Utf8Buffer buffer = new(_terminal.Output);
        bool hasColor = parsed.GetValue(_color) switch
        {
            "always" => true,
            "never" => false,
            _ => _terminal.OutputIsTerminal && !_terminal.ColorIsUnwanted,
        };
        return parsed.GetValue(_format) switch
        {
            "json" => new JsonRows(buffer, command, isLines: false),
            "jsonl" => new JsonRows(buffer, command, isLines: true),
            "csv" => new CsvRows(buffer),
            _ => new TableRows(buffer, terminal, hasColor),
        };
    }

    private int Guarded(Func<int> run)
    {
        try
        {
            return run();
        }
        catch (OperationCanceledException) when (_terminal.Interrupted.IsCancellationRequested)
        {
            return ExitCodes.Interrupted;
        }
        catch (OutputFailedException e)
        {
            if (e.IsBrokenPipe)
            {
                return ExitCodes.Clean; // the reader has got what it wanted
            }

            _terminal.Say(e.Message);
            return ExitCodes.InputOutput;
        }
        catch (IOException e) when (e is not DecoderFailedException && OutputFailedException.IsOfBrokenPipe(e))
        {
            return ExitCodes.Clean;
        }
        catch (UsageException e)
        {
            _terminal.Say(e.Message);
            return ExitCodes.Usage;
        }
        catch (Exception e) when (e is LogCorruptedException or SnapshotCorruptedException)
        {
            _terminal.Say(e.Message);
            return ExitCodes.Damage;
        }
        catch (Exception e) when (e is DataDirectoryException or LaterReleaseException or StorageFailedException or IOException
            or UnauthorizedAccessException)
        {
            _terminal.Say(e.Message);
            return ExitCodes.InputOutput;
        }
    }
}
