using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Log;
using RaftEngine.Snapshots;
using RaftEngine.Storage;
using RaftEngine.Tests.Exploration;
using RaftEngine.Tests.Support;
using RaftEngine.Tests.Transport;
using Xunit;
using Xunit.Abstractions;

namespace RaftEngine.Tests.LogDump;

/// <summary>
/// Damages copies of small logs, one at a time, and runs every command on each: none crashes, none hangs, all exit as they should, and the
/// verification names the record that holds the first damaged byte, every time. By default some hundred copies; RAFTENGINE_DAMAGE=all damages 10,002 of them.
/// </summary>
[Collection(RunsAlone.Name)]
public sealed partial class DamageCampaignTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly int Copies = Environment.GetEnvironmentVariable("RAFTENGINE_DAMAGE") == "all" ? 10_002 : 120; // in three logs, as many in each

    [Fact]
    public void Whatever_is_damaged_every_command_ends_as_it_should_and_verify_locates_it()
    {
        FinishedLog.Kinds[] kinds = [FinishedLog.Kinds.Closed, FinishedLog.Kinds.Died, FinishedLog.Kinds.Recycled];
        ConcurrentDictionary<string, int> outcomes = new(StringComparer.Ordinal);
        ConcurrentBag<string> wrong = [];
        foreach (FinishedLog.Kinds kind in kinds)
        {
            using FinishedLog log = new(kind);
            Dictionary<string, byte[]> files = FilesOf(log);
            int seed = 0;
            Parallel.For(0, Environment.ProcessorCount, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, _ =>
            {
                using TemporaryDirectory intact = Lay(files);
                using TemporaryDirectory copy = Lay(files);
                Assert.Equal(0, DumpRun.OfStill("verify", intact.Path).ExitCode);
                while (Interlocked.Increment(ref seed) is int drawn && drawn <= Copies / kinds.Length)
                {
                    string outcome = Run(log, DamagedCopy.Draw(files, drawn), intact.Path, copy.Path, what => wrong.Add($"{kind}, seed {drawn}, {what}"));
                    outcomes.AddOrUpdate(outcome, 1, static (_, count) => count + 1);
                }
            });
        }

        foreach ((string outcome, int count) in outcomes.OrderBy(static outcome => outcome.Key, StringComparer.Ordinal))
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count,6} {outcome}"));
        }

        Assert.True(wrong.IsEmpty, $"{wrong.Count}: {string.Join('\n', wrong.Take(60))}");
        Assert.True(outcomes.Count >= 4);
    }

    private static string Run(FinishedLog log, DamagedCopy damage, string intact, string copy, Action<string> isWrong)
    {
        string path = Path.Combine(copy, damage.File);
        if (damage.After is null)
        {
            File.Delete(path);
        }
        else
        {
            File.WriteAllBytes(path, damage.After);
        }

        try
        {
            DamageExpectation expected = DamageExpectation.Of(log, damage);
            Task judging = Task.Run(() => Judge(log, expected, intact, copy, what => isWrong($"{damage}: {what}")));
            if (!judging.Wait(Patience))
            {
                isWrong($"{damage}: a command hangs");
            }

            string outcome = expected.IsDamage ? "located" : expected.LastIndex != 0 ? "the log ends earlier" : "no effect";
            return $"{outcome}: {KindOf(damage.File)}";
        }
        catch (AggregateException e)
        {
            isWrong($"{damage}: {e.InnerException}");
            return "crash";
        }
        finally
        {
            File.WriteAllBytes(path, damage.Before);
        }
    }

    private static void Judge(FinishedLog log, DamageExpectation expected, string intact, string copy, Action<string> isWrong)
    {
        DumpRun verified = DumpRun.OfStill("verify", copy, "--format", "csv");
        if (verified.ExitCode != (expected.IsDamage ? 1 : 0))
        {
            isWrong($"verify exits with {verified.ExitCode}: {verified.Error}");
        }
        else if (expected.IsDamage)
        {
            RequireLocated(expected, verified.Error, isWrong);
        }
        else
        {
            string ends = verified.Output.Split('\n')[1].Split(',')[4];
            long last = expected.LastIndex != 0 ? expected.LastIndex : log.Records.Keys.Last();
            if (ends != last.ToString(CultureInfo.InvariantCulture))
            {
                isWrong($"the log ends at {ends}, and should at {last}");
            }
        }

        string first = log.Records.Keys.First().ToString(CultureInfo.InvariantCulture);
        string report = Path.Combine(copy, "report.html");
        int whole = expected.IsDamage && expected.IsOfTheLog ? 1 : 0; // of a command that reads all of the log; the others may not come by
        Check(["list", copy], whole);
        Check(["list", copy, "--reverse", "--format", "jsonl"], whole);
        Check(["extract", copy], whole);
        Check(["stats", copy], whole);
        Check(["terms", copy], whole);
        foreach (string[] judge in (string[][])[["info", copy], ["map", copy], ["repair", copy],
            ["report", copy, "-o", report]])
        {
            Check(judge, verified.ExitCode);
        }

        string[][] others =
        [
            ["info", copy, "--quick"], ["segments", copy], ["show", copy, first], ["tail", copy, "-n", "3"],
                ["extract", copy, "--binary"],
            ["recover", copy, "--voters", "1", "2", "3"], ["diff", copy, intact],
        ];
        foreach (string[] other in others)
        {
            Check(other, expected.IsDamage ? 1 : 0, orClean: true);
        }

        File.Delete(report);

        void Check(string[] command, int exitCode, bool orClean = false)
        {
            DumpRun run = DumpRun.OfStill(command);
            if (run.ExitCode != exitCode && !(orClean && run.ExitCode == 0))
            {
                isWrong($"{string.Join(' ', command)} exits with {run.ExitCode} and not {exitCode}: {run.Error}");
            }
        }
    }

    private static string KindOf(string file) => file.Contains('.', StringComparison.Ordinal) ? Path.GetExtension(file)[1..] : file;

    // In a segment by file, offset and index; in a snapshot by its name, and of a snapshot that is gone the beginning of the log says that it is missed.
    private static void RequireLocated(DamageExpectation expected, string told, Action<string> isWrong)
    {
        string line = told.Split('\n')[0];
        Match place = Place().Match(line);
        bool isLocated = expected.IsMissing ? line.Contains($"{expected.File} is missing", StringComparison.Ordinal)
            : expected.IsOfTheLog ? place.Success
                && place.Groups["file"].Value == expected.File
                && long.Parse(place.Groups["offset"].Value, CultureInfo.InvariantCulture) is long offset
                && offset >= expected.Offset.Least
                && offset <= expected.Offset.Most
                && (expected.Index is null || (place.Groups["index"].Success ? place.Groups["index"].Value
                    : "0") == expected.Index.Value.ToString(CultureInfo.InvariantCulture))
            : line.Contains(expected.File == LogStartFile.Name ? "no snapshot holds what is before" : expected.File!, StringComparison.Ordinal);
        if (!isLocated)
        {
            isWrong($"expected {expected}, but: {line}");
        }
    }

    // The files of the log, and a snapshot that agrees with it.
    internal static Dictionary<string, byte[]> FilesOf(FinishedLog log)
    {
        Dictionary<string, byte[]> files = log.Files.ToDictionary(static name => name, log.ContentOf, StringComparer.Ordinal);
        using TemporaryDirectory made = new();
        using FileSystemDirectory directory = FileSystemDirectory.OpenExisting(made.Path);
        long index = log.Records.Keys.First() + 5;
        SnapshotHeader header = new(
            Guid.NewGuid(), FinishedLog.Options.ClusterId, FinishedLog.Options.GroupId, index, log.Model[index].Term, log.Model[index].Chain, ReadOnlyMemory<byte>.Empty);
        new SnapshotStore(directory).Write(header, static stream => stream.Write(new byte[20_000]));
        string name = SnapshotFormat.NameOf(index);
        files.Add(name, File.ReadAllBytes(Path.Combine(made.Path, name)));
        return files;
    }

    internal static TemporaryDirectory Lay(Dictionary<string, byte[]> files)
    {
        TemporaryDirectory directory = new();
        foreach ((string name, byte[] content) in files)
        {
            File.WriteAllBytes(directory.Sub(name), content);
        }

        return directory;
    }

    [GeneratedRegex("(segment|file) (?<file>\\S+), offset (?<offset>\\d+)(, index (?<index>\\d+))?:")]
    private static partial Regex Place();
}
