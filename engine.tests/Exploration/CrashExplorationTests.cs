using System;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Threading.Tasks;
using RaftEngine.Log;
using RaftEngine.Simulate.Disk;
using RaftEngine.Tests.Storage;
using Xunit;
using Xunit.Abstractions;

namespace RaftEngine.Tests.Exploration;

/// <summary>
/// Whatever moment the power fails or the process dies: everything acknowledged is there, nothing else is, and the log goes on.
/// By default some fifteen thousand states. RAFTENGINE_CRASH_STATES=n looks at about n different ones in random scripts alone, and at twice as many of each other script;
/// RAFTENGINE_CRASH_REPLAY=code makes one state again.
/// </summary>
public sealed class CrashExplorationTests(ITestOutputHelper output)
{
    private const long DefaultStates = 1_500;
    private const int SeedsAtOnce = 4;

    private static readonly string? Knob = Environment.GetEnvironmentVariable("RAFTENGINE_CRASH_STATES");
    private static readonly long WantedStates = Knob is null ? DefaultStates : long.Parse(Knob, CultureInfo.InvariantCulture);
    private static readonly long StatesAScript = Knob is null ? 150 : 300;

    public static TheoryData<string> Scripts => [.. LogScripts.All.Keys];

    [Theory]
    [MemberData(nameof(Scripts))]
    public void Every_crash_leaves_what_was_acknowledged_and_nothing_that_was_not_appended(string script)
    {
        Stopwatch time = Stopwatch.StartNew();
        using CrashExplorer explorer = CrashExplorer.Of(script);
        explorer.Explore(StatesAScript);
        output.WriteLine($"{script}: {explorer.Steps} steps, {explorer.States} states, {time.ElapsedMilliseconds} ms");
        Assert.True(explorer.Violations.Count == 0, string.Join(Environment.NewLine, explorer.Violations));
    }

    [Fact]
    public void Every_crash_in_any_order_of_events_leaves_what_was_acknowledged_and_nothing_that_was_not_appended()
    {
        Stopwatch time = Stopwatch.StartNew();
        long states = 0;
        int seed = 0;
        while (states < WantedStates)
        {
            // Several at once, but as many whatever the machine: the same seeds are looked at each time, and the first that fails is the same.
            (int States, string? Violation)[] found = new (int, string?)[SeedsAtOnce];
            Parallel.For(0, found.Length, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
            {
                using CrashExplorer explorer = CrashExplorer.Of($"{LogScripts.RandomPrefix}{seed + i + 1}");
                explorer.Explore(StatesAScript);
                found[i] = (explorer.States, explorer.Violations is [string first, ..] ? first : null);
            });
            seed += found.Length;
            states += found.Sum(static one => one.States);
            string[] violations = [.. found.Where(static one => one.Violation is not null).Select(static one => one.Violation!)];
            Assert.True(violations.Length == 0, string.Join(Environment.NewLine, violations));
        }

        output.WriteLine($"{seed} random scripts: {states} states, {time.ElapsedMilliseconds} ms");
    }

    [Fact]
    public void Whatever_the_helpers_do_meanwhile_on_their_own_threads_every_opening_finds_what_it_must()
    {
        for (int seed = 1; seed <= 40; seed++)
        {
            LogOptions options = LogScripts.Find($"{LogScripts.RandomPrefix}{seed}").Options with { Scheduler = TaskScheduler.Default };
            using ScriptedLog log = new(new FakeDisk(options.SegmentSizeBytes), options);
            Exception? e = Record.Exception(() => RandomScript.Run(log, seed));
            Assert.True(e is null, $"{LogScripts.RandomPrefix}{seed}: {e}");
            Assert.Null(Survival.Differs(log.Disk.Image.WithoutUnsynced(), options, log.Model));
        }
    }

    [Fact]
    public void A_state_is_made_again_by_its_code()
    {
        string? code = Environment.GetEnvironmentVariable("RAFTENGINE_CRASH_REPLAY");
        Assert.Null(CrashExplorer.Replay(code ?? "append-one:20:p0"));
        Assert.Null(CrashExplorer.Replay(code ?? "truncate:100:s17"));
        Assert.Null(CrashExplorer.Replay(code ?? "roll:60:r3"));
    }

    [Fact]
    public void A_script_makes_the_same_journal_each_time()
    {
        foreach (string script in (string[])[.. LogScripts.All.Keys, "random-1", "random-4", "random-5"])
        {
            using CrashExplorer one = CrashExplorer.Of(script);
            using CrashExplorer other = CrashExplorer.Of(script);
            Assert.Equal(one.Journal, other.Journal);
        }
    }
}
