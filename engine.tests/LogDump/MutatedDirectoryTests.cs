using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using RaftEngine.Tests.Exploration;
using RaftEngine.Tests.Support;
using RaftEngine.Tests.Transport;
using Xunit;
using Xunit.Abstractions;

namespace RaftEngine.Tests.LogDump;

/// <summary>
/// Every command on directories that persons and other programs have been at: none crashes, none hangs, each exits as
/// documented, JSON is JSON, and all that judge a directory
/// judge alike. A small sample by default; RAFTENGINE_DAMAGE=all makes 2,000 of them.
/// </summary>
[Collection(RunsAlone.Name)]
public sealed class MutatedDirectoryTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly int Directories = Environment.GetEnvironmentVariable("RAFTENGINE_DAMAGE") == "all" ? 2000
        : 12;

    [Fact]
    public void Whatever_has_become_of_a_directory_every_command_ends_as_it_should()
    {
        ConcurrentBag<string> wrong = [];
        ConcurrentDictionary<int, int> exits = [];
        FinishedLog.Kinds[] kinds = [FinishedLog.Kinds.Closed, FinishedLog.Kinds.Recycled];
        using FinishedLog closed = new(kinds[0]);
        using FinishedLog recycled = new(kinds[1]);
        Dictionary<string, byte[]>[] files = [DamageCampaignTests.FilesOf(closed),
            DamageCampaignTests.FilesOf(recycled)];
        Parallel.For(0, Directories, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            seed =>
        {
            using TemporaryDirectory intact = DamageCampaignTests.Lay(files[seed % 2]);
            using TemporaryDirectory directory = DamageCampaignTests.Lay(files[seed % 2]);
            MutatedDirectory mutated = new(directory.Path, seed);
            mutated.Mutate();
            Task judging = Task.Run(() => exits.AddOrUpdate(Judge(directory.Path, intact.Path, what =>
                wrong.Add($"{mutated}: {what}")), 1, static (_, count) => count + 1));
            try
            {
                if (!judging.Wait(Patience))
                {
                    wrong.Add($"{mutated}: a command hangs");
                }
            }
            catch (AggregateException e)
            {
                wrong.Add($"{mutated}: {e.InnerException}");
            }
        });

        output.WriteLine(string.Join(", ", exits.OrderBy(static exit => exit.Key).Select(static exit =>
            string.Create(CultureInfo.InvariantCulture, $"verify exits with {exit.Key}: {exit.Value}"))));
        Assert.True(wrong.IsEmpty, $"{wrong.Count}: {string.Join('\n', wrong.Take(40))}");
    }

    private static int Judge(string path, string intact, Action<string> isWrong)
    {
        string report = Path.Combine(Path.GetTempPath(), $"report-{Guid.NewGuid():n}.html");
        DumpRun verified = DumpRun.OfStill("verify", path, "--format", "json");
        using (JsonDocument document = JsonDocument.Parse(verified.Output))
        {
            string? result = document.RootElement.GetProperty("verdict").GetProperty("result").GetString();
            string expected = verified.ExitCode switch { 0 => "clean", 1 => "damaged", _ => "unknown" };
            if (result != expected)
            {
                isWrong($"verify exits with {verified.ExitCode} and says {result}");
            }
        }

        string[][] judges = [["info", path], ["map", path], ["repair", path], ["report", path, "-o", report],
            ["verify", path]];
        foreach (string[] judge in judges)
        {
            DumpRun run = DumpRun.OfStill(judge);
            if (run.ExitCode != verified.ExitCode)
            {
                isWrong($"{judge[0]} exits with {run.ExitCode}, verify with {verified.ExitCode}: {run.Error} / {verified.Error}");
            }
        }

        File.Delete(report);
        string[][] commands =
        [
            ["segments", path], ["list", path], ["list", path, "--reverse"], ["show", path, "7"], ["stats", path],
                ["terms", path], ["tail", path], ["diff", path, intact],
            ["extract", path], ["extract", path, "--binary"], ["recover", path, "--voters", "1", "2", "3"],
                ["info", path, "--quick"],
        ];
        foreach (string[] command in commands)
        {
            DumpRun run = DumpRun.OfStill(command);
            if (run.ExitCode is < 0 or > 3 || (run.ExitCode == 0 && verified.ExitCode == 1
                && command[0] is "stats" or "list" && !HasOnlySnapshotDamage(verified)))
            {
                isWrong($"{string.Join(' ', command)} exits with {run.ExitCode}, verify with {verified.ExitCode}: {run.Error}");
            }
        }

        foreach (string command in (string[])["info", "segments", "map", "stats", "list", "terms"])
        {
            JsonDocument.Parse(DumpRun.OfStill(command, path, "--format", "json").Output).Dispose();
        }

        foreach (string file in Directory.GetFiles(path).Where(static file => new FileInfo(file).LinkTarget is null
            && Path.GetExtension(file) is ".segment" or ".snapshot"))
        {
            foreach (string command in (string[])["verify", "info", "map"])
            {
                DumpRun run = DumpRun.OfStill(command, file);
                if (run.ExitCode is < 0 or > 3)
                {
                    isWrong($"{command} {file} exits with {run.ExitCode}: {run.Error}");
                }
            }
        }

        return verified.ExitCode;
    }

    // The log by itself may be whole then.
    private static bool HasOnlySnapshotDamage(DumpRun verified) =>
        !verified.Error.Contains("Log corrupted", StringComparison.Ordinal);
}
