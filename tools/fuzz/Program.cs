using System;
using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.IO;
using System.Linq;
using System.Text.Json;
using RaftEngine.Fuzz.Targets;
using SharpFuzz;

namespace RaftEngine.Fuzz;

/// <summary>Feeds all that reads foreign bytes with inputs that are nearly right.</summary>
internal static class Program
{
    private const int Usage = 2;
    private const int Found = 1;

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    /// <summary>Everything that is fuzzed, by name.</summary>
    public static readonly IReadOnlyDictionary<string, Func<FuzzTarget>> Targets = new Dictionary<string, Func<FuzzTarget>>
    {
        ["frame"] = static () => new FrameTarget(),
        ["hello"] = static () => new HelloTarget(),
        ["entries"] = static () => new EntriesTarget(),
        ["payload"] = static () => new PayloadTarget(),
        ["snapshot"] = static () => new SnapshotTarget(),
        ["directory"] = static () => new DirectoryTarget(),
        ["logdump"] = static () => new LogDumpTarget(),
        ["resp"] = static () => new RespTarget(),
        ["kv"] = static () => new KvTarget(),
        ["node"] = static () => new NodeTarget(),
    };

    public static int Main(string[] arguments) => Run(arguments, Console.Out, Console.Error);

    /// <summary>Runs one command line.</summary>
    /// <returns>0; 1 if an input crashes or hangs; 2 if the command line is wrong.</returns>
    public static int Run(string[] arguments, TextWriter output, TextWriter error)
    {
        Option<double> minutes = new("--minutes")
        {
            Description = "For how long, all targets together.",
            DefaultValueFactory = static _ => 1,
        };
        Option<string> targets = new("--targets")
        {
            Description = $"Which, by comma: {string.Join(',', Targets.Keys)}.",
            DefaultValueFactory = static _ => "all",
        };
        Option<ulong> seed = new("--seed") { Description = "What the inputs follow from.", DefaultValueFactory = static _ => 1 };
        Option<bool> json = new("--json") { Description = "Prints JSON." };
        Option<string> findings = new("--findings")
        {
            Description = "Where inputs go that crash or hang.",
            DefaultValueFactory = static _ => "fuzz-findings",
        };
        Option<FileInfo?> replay = new("--replay") { Description = "Runs this input once, with the one target of --targets." };
        Option<bool> afl = new("--afl") { Description = "Takes inputs from AFL++, for the one target of --targets." };
        RootCommand root = new("Feeds all that reads foreign bytes with inputs that are nearly right.")
        {
            minutes, targets, seed, json, findings, replay, afl,
        };
        ParseResult parsed = root.Parse(arguments);
        string[] names = parsed.GetValue(targets) is { } given && given != "all" ? given.Split(',') : [.. Targets.Keys];
        bool isOne = parsed.GetValue(afl) || parsed.GetValue(replay) is not null;
        bool isWrong = names.Any(static name => !Targets.ContainsKey(name)) || (isOne && names.Length != 1);
        if (parsed.Errors.Count > 0 || isWrong)
        {
            const string WrongTargets = "--targets names one that does not exist, or several for --replay or --afl.";
            error.WriteLine(isWrong ? WrongTargets : parsed.Errors[0].Message);
            return Usage;
        }

        if (arguments.Any(static argument => argument is "--help" or "-h" or "-?"))
        {
            return parsed.Invoke(new InvocationConfiguration { Output = output, Error = error });
        }

        if (parsed.GetValue(replay) is { } file)
        {
            using FuzzTarget target = Targets[names[0]]();
            FuzzRun.Replay(target, File.ReadAllBytes(file.FullName));
            output.WriteLine("It neither crashes nor hangs.");
            return 0;
        }

        if (parsed.GetValue(afl))
        {
            using FuzzTarget target = Targets[names[0]]();
            Fuzzer.OutOfProcess.Run(stream => FuzzRun.Replay(target, ReadAll(stream)));
            return 0;
        }

        List<TargetResult> results = FuzzAll(
            names, TimeSpan.FromMinutes(parsed.GetValue(minutes)), parsed.GetValue(seed), parsed.GetValue(findings)!, error);
        if (parsed.GetValue(json))
        {
            output.WriteLine(JsonOf(parsed.GetValue(seed), results));
        }
        else
        {
            results.ForEach(result => Print(result, output));
        }

        return results.Any(static result => result.Crashes + result.Hangs > 0) ? Found : 0;
    }

    private static List<TargetResult> FuzzAll(string[] names, TimeSpan time, ulong seed, string findings, TextWriter error)
    {
        List<TargetResult> results = [];
        foreach (string name in names)
        {
            using FuzzTarget target = Targets[name]();
            results.Add(new FuzzRun(target, seed, findings, error).Run(time / names.Length));
        }

        return results;
    }

    private static byte[] ReadAll(Stream stream)
    {
        using MemoryStream all = new();
        stream.CopyTo(all);
        return all.ToArray();
    }

    private static void Print(TargetResult result, TextWriter output) => output.WriteLine(
        $"{result.Name,-10} {result.Inputs,12:N0} inputs  {result.Rate,10:N0}/s  {result.Refused,12:N0} refused by an exception  "
        + $"{result.Crashes} crashes  {result.Hangs} hangs  at most {result.MostAllocatedBytes:N0} bytes");

    private static string JsonOf(ulong seed, List<TargetResult> results) => JsonSerializer.Serialize(
        new
        {
            seed,
            inputs = results.Sum(static result => result.Inputs),
            inputsPerSecond =
                results.Sum(static result => result.Inputs) / Math.Max(results.Sum(static result => result.Time.TotalSeconds), 1e-9),
            crashes = results.Sum(static result => result.Crashes),
            hangs = results.Sum(static result => result.Hangs),
            targets = results.Select(static result => new
            {
                name = result.Name,
                inputs = result.Inputs,
                inputsPerSecond = result.Rate,
                refused = result.Refused,
                crashes = result.Crashes,
                hangs = result.Hangs,
                mostAllocatedBytes = result.MostAllocatedBytes,
            }),
        },
        Json);
}
