using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using RaftEngine.Tests.Support;
using Xunit;

namespace RaftEngine.Tests.Consensus.Golden;

/// <summary>
/// Every script beside this file does what it says. With the environment variable <c>RAFTENGINE_REWRITE_GOLDEN=1</c> the scripts are rewritten to say
/// what they do; the difference is for a person to read.
/// </summary>
public sealed class GoldenScriptTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "engine.tests", "Consensus", "Golden");

    public static TheoryData<string> Scripts() => [.. Directory.EnumerateFiles(Folder, "*.txt").Select(static file => Path.GetFileNameWithoutExtension(file)).Order()];

    [Theory]
    [MemberData(nameof(Scripts))]
    public void A_script_does_what_it_says(string name)
    {
        string file = Path.Combine(Folder, name + ".txt");
        string expected = File.ReadAllText(file);
        string actual = RunScript(expected);
        if (Environment.GetEnvironmentVariable("RAFTENGINE_REWRITE_GOLDEN") == "1")
        {
            File.WriteAllText(file, actual);
            return;
        }

        Assert.Equal(expected, actual);
    }

    [Fact]
    public void There_is_a_script_for_every_theme()
    {
        string[] themes =
        [
            "conflict-hints", "elections", "figure7", "figure8", "joint-changes", "leader-removal", "learners", "leases", "pre-vote", "reads",
            "replication-and-probing", "snapshots", "transfers", "wiped-nodes",
        ];
        Assert.Equal(themes, Directory.EnumerateFiles(Folder, "*.txt").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Output_that_is_not_expected_shows()
    {
        string script = "# a comment\n> say a\na\n\n> say b\nwrong\nmore\n> say c\n";
        Assert.Equal("# a comment\n> say a\na\n\n> say b\nb\n\n> say c\nc\n", GoldenScript.Run(script, static words => [words[1]]));
    }

    [Theory]
    [InlineData("> campaign 1")]
    [InlineData("> nodes 3\n> fly 1")]
    [InlineData("> nodes 3\n> propose")]
    [InlineData("> nodes 3\n> propose 9 x")]
    [InlineData("> nodes 3\n> tick soon")]
    [InlineData("> nodes 3\n> change 1 *4")]
    [InlineData("a line of nothing")]
    public void What_is_no_command_is_refused_with_its_line(string script)
    {
        InvalidDataException refusal = Assert.Throws<InvalidDataException>(() => RunScript(script));
        Assert.StartsWith("Line ", refusal.Message, StringComparison.Ordinal);
    }

    // The nodes of a cluster begin a story of their own; a file can have several.
    private static string RunScript(string script)
    {
        GoldenCommands commands = new();
        return GoldenScript.Run(script, words =>
        {
            if (words[0] == "nodes")
            {
                commands = new GoldenCommands();
            }

            return commands.Run(words);
        });
    }
}
