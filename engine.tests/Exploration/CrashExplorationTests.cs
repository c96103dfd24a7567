using System;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using Xunit;
using Xunit.Abstractions;

namespace RaftEngine.Tests.Exploration;

/// <summary>
/// Whatever moment the power fails or the process dies: everything acknowledged is there, nothing else is, and the log goes on.
/// RAFTENGINE_CRASH_STATES=n looks at about n different states in all scripts together; RAFTENGINE_CRASH_REPLAY=code makes one state again.
/// </summary>
public sealed class CrashExplorationTests(ITestOutputHelper output)
{
    private const long DefaultStates = 24_000;

    public static TheoryData<string> Scripts => [.. LogScripts.All.Keys];

    [Theory]
    [MemberData(nameof(Scripts))]
    public void Every_crash_leaves_what_was_acknowledged_and_nothing_that_was_not_appended(string script)
    {
        string? wanted = Environment.GetEnvironmentVariable("RAFTENGINE_CRASH_STATES");
        long states = (wanted is null ? DefaultStates : long.Parse(wanted, CultureInfo.InvariantCulture)) / LogScripts.All.Count;
        Stopwatch time = Stopwatch.StartNew();
        using CrashExplorer explorer = CrashExplorer.Of(script);
        explorer.Explore(states);
        output.WriteLine($"{script}: {explorer.Steps} steps, {explorer.States} states, {time.ElapsedMilliseconds} ms");
        Assert.Empty(explorer.Violations);
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
        foreach (string script in LogScripts.All.Keys)
        {
            using CrashExplorer one = CrashExplorer.Of(script);
            using CrashExplorer other = CrashExplorer.Of(script);
            Assert.Equal(one.Journal, other.Journal);
        }
    }
}
