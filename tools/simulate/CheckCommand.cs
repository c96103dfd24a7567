using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using RaftEngine.Simulate.Linearizability;

namespace RaftEngine.Simulate;

/// <summary><c>simulate check FILE</c>: judges whether a history is linearizable, and shows where it breaks if it is not.</summary>
internal static class CheckCommand
{
    private const int MaxSeconds = 1_000_000;

    private static readonly Dictionary<string, ISequentialModel> Models = new(StringComparer.Ordinal)
    {
        ["register"] = new RegisterModel(),
        ["kv"] = new KeyValueModel(),
        ["counter"] = new CounterModel(),
    };

    public static Command Create(TextWriter output, TextWriter error)
    {
        Argument<string> file = new("FILE") { Description = "A history: one event a line, as Jepsen logs it or as a map." };
        Option<string?> model = new("--model") { Description = "What the objects are: register, kv or counter. By default, what the operations say." };
        model.AcceptOnlyFromAmong([.. Models.Keys]);
        Option<string?> html = new("--html") { Description = "If the history is not linearizable, a page is written here that shows where it breaks." };
        Option<int> memory = new("--memory") { Description = "The most memory that the check may use, in MiB.", DefaultValueFactory = _ => 256 };
        Option<double?> seconds = new("--seconds") { Description = "The most time that the check may take." };
        Command command = new("check", "Judges whether a history is linearizable. Exit codes: 0 yes, 1 no, 2 usage, 3 input or output, 4 not known within bounds.")
        {
            file, model, html, memory, seconds,
        };
        command.SetAction(parsed =>
        {
            int mebibytes = parsed.GetValue(memory);
            double? time = parsed.GetValue(seconds);
            if (mebibytes <= 0 || time is not (null or (>= 0 and <= MaxSeconds)))
            {
                error.WriteLine($"--memory must be positive, --seconds between 0 and {MaxSeconds}.");
                return ExitCodes.Usage;
            }

            CheckerLimits limits = new() { MaxMemoryBytes = (long)mebibytes << 20, MaxTime = time is { } given ? TimeSpan.FromSeconds(given) : null };
            return Run(parsed.GetRequiredValue(file), parsed.GetValue(model), parsed.GetValue(html), limits, output, error);
        });
        return command;
    }

    private static int Run(string file, string? modelName, string? html, CheckerLimits limits, TextWriter output, TextWriter error)
    {
        IReadOnlyList<Operation> history;
        try
        {
            history = HistoryReader.ReadFile(file);
        }
        catch (HistoryFormatException wrong)
        {
            error.WriteLine($"{file}: {wrong.Message}");
            return ExitCodes.InputOutput;
        }

        ISequentialModel? model = Models.Where(model => modelName is null || modelName == model.Key).Select(model => model.Value)
            .FirstOrDefault(model => history.All(operation => model.Has(operation.Kind)));
        if (model is null)
        {
            error.WriteLine($"{file}: {(modelName is null ? "no model has" : $"the model {modelName} does not have")} all the operations of the history.");
            return ExitCodes.InputOutput;
        }

        long started = Stopwatch.GetTimestamp();
        Judgement judgement = LinearizabilityChecker.Check(history, model, limits);
        string seen = string.Create(
            CultureInfo.InvariantCulture,
            $"{history.Count} operations, {judgement.Configurations} configurations, {Stopwatch.GetElapsedTime(started).TotalMilliseconds:F0} ms");
        string onKey = judgement.Key is null ? "" : $" on key {judgement.Key}";
        switch (judgement.Verdict)
        {
            case Verdict.Linearizable:
                output.WriteLine($"Linearizable: {seen}.");
                return ExitCodes.Clean;
            case Verdict.Unknown:
                output.WriteLine($"Not known{onKey}: a bound was reached first ({seen}).");
                return ExitCodes.Unknown;
            default:
                output.WriteLine($"Not linearizable{onKey}: {seen}.");
                Explain(Path.GetFileName(file), Diagnoser.Explain(judgement, model), html, output);
                return ExitCodes.Violation;
        }
    }

    private static void Explain(string name, Diagnosis diagnosis, string? html, TextWriter output)
    {
        foreach (string sentence in Explanation.Of(diagnosis, "line"))
        {
            output.WriteLine(sentence);
        }

        if (html is not null)
        {
            File.WriteAllText(html, HistoryPicture.Html(diagnosis, name, "line"));
            output.WriteLine($"The picture is in {html}.");
        }
    }
}
