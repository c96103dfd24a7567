using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using RaftEngine.Simulate;
using RaftEngine.Simulate.Linearizability;
using RaftEngine.Tests.Support;
using Xunit;

namespace RaftEngine.Tests.Linearizability;

public sealed class CheckCommandTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("register/etcd_002.log", "Linearizable: ")]
    [InlineData("kv/c10-ok.txt", "Linearizable: ")]
    public void A_linearizable_history_ends_with_0(string name, string begins)
    {
        (int exitCode, string output, string error) = Run("check", Path.Combine(KnownHistories.Folder, name));

        Assert.Equal((ExitCodes.Clean, ""), (exitCode, error));
        Assert.StartsWith(begins, output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_history_that_is_not_linearizable_ends_with_1_an_explanation_and_a_picture()
    {
        string picture = Path.Combine(_directory.Path, "picture.html");
        (int exitCode, string output, string error) = Run("check", Path.Combine(KnownHistories.Folder, "kv/c01-bad.txt"), "--model", "kv", "--html", picture);

        Assert.Equal((ExitCodes.Violation, ""), (exitCode, error));
        Assert.StartsWith("Not linearizable on key 7: ", output, StringComparison.Ordinal);
        Assert.Contains("When process 0's get returns (line 60), the value must be", output, StringComparison.Ordinal);
        Assert.Contains("Not linearizable: c01-bad.txt, key 7", File.ReadAllText(picture), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("check")]
    [InlineData("check a b")]
    [InlineData("check a --model tree")]
    [InlineData("check a --memory 0")]
    [InlineData("check a --memory much")]
    [InlineData("check a --seconds -1")]
    public void What_cannot_be_understood_ends_with_2(string arguments)
    {
        (int exitCode, _, string error) = Run(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(ExitCodes.Usage, exitCode);
        Assert.NotEmpty(error);
    }

    [Fact]
    public void A_file_that_cannot_be_read_ends_with_3()
    {
        string nonsense = Path.Combine(_directory.Path, "nonsense.txt");
        File.WriteAllText(nonsense, "nonsense");

        AssertUnreadable(Run("check", nonsense), "Line 1");
        AssertUnreadable(Run("check", Path.Combine(_directory.Path, "missing.txt")), "missing.txt");
        AssertUnreadable(Run("check", _directory.Path), _directory.Path);
        AssertUnreadable(Run("check", Path.Combine(KnownHistories.Folder, "kv/c01-ok.txt"), "--model", "register"), "register");
        AssertUnreadable(Run("check", Path.Combine(KnownHistories.Folder, "kv/c01-bad.txt"), "--html", Path.Combine(_directory.Path, "none", "x.html")), "none");
    }

    [Theory]
    [InlineData("--memory", "1")]
    [InlineData("--seconds", "0")]
    public void A_bound_that_is_reached_ends_with_4(string bound, string value)
    {
        List<Operation> history = BoundTests.Hard(writes: 16);
        string file = Path.Combine(_directory.Path, "hard.txt");
        using (StreamWriter text = new(file))
        {
            HistoryWriter.Write(text, history);
        }

        (int exitCode, string output, _) = Run("check", file, bound, value);

        Assert.Equal(ExitCodes.Unknown, exitCode);
        Assert.StartsWith("Not known", output, StringComparison.Ordinal);
    }

    private static void AssertUnreadable((int ExitCode, string Output, string Error) run, string named)
    {
        Assert.Equal(ExitCodes.InputOutput, run.ExitCode);
        Assert.Contains(named, run.Error, StringComparison.Ordinal);
    }

    private static (int ExitCode, string Output, string Error) Run(params string[] arguments)
    {
        using StringWriter output = new(CultureInfo.InvariantCulture);
        using StringWriter error = new(CultureInfo.InvariantCulture);
        int exitCode = Program.Run(arguments, output, error);
        return (exitCode, output.ToString(), error.ToString());
    }
}
