using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading;
using RaftEngine.Fuzz;
using RaftEngine.Tests.Support;
using Xunit;
using Xunit.Abstractions;
using FuzzProgram = RaftEngine.Fuzz.Program;

namespace RaftEngine.Tests.Fuzzing;

/// <summary>Each target of tools/fuzz for a moment, or for RAFTENGINE_FUZZ_SECONDS; and what the fuzzer itself must notice.</summary>
public sealed class FuzzTests(ITestOutputHelper output) : IDisposable
{
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(
        Environment.GetEnvironmentVariable("RAFTENGINE_FUZZ_SECONDS") is { Length: > 0 } seconds ? double.Parse(seconds, CultureInfo.InvariantCulture) : 0.3);

    private readonly TemporaryDirectory _findings = new();

    public static TheoryData<string> Targets => [.. FuzzProgram.Targets.Keys];

    public void Dispose() => _findings.Dispose();

    [Theory]
    [MemberData(nameof(Targets))]
    public void A_target_takes_or_refuses_every_input(string name)
    {
        using FuzzTarget target = FuzzProgram.Targets[name]();
        using StringWriter error = new();
        TargetResult result = new FuzzRun(target, 7, _findings.Path, error).Run(Time);
        output.WriteLine($"{result}");
        Assert.True(result.Crashes + result.Hangs == 0, error.ToString());
        Assert.True(result.Inputs > target.Seeds.Count);
    }

    [Fact]
    public void What_failed_once_does_not_again()
    {
        string[] files = Directory.GetFiles(Path.Combine(Repository.Root, "tools", "fuzz", "corpus"));
        Assert.NotEmpty(files);
        foreach (string file in files)
        {
            using FuzzTarget target = FuzzProgram.Targets[Path.GetFileName(file).Split('-')[0]]();
            FuzzRun.Replay(target, File.ReadAllBytes(file));
        }
    }

    [Theory]
    [InlineData("throws", 1, 0)]
    [InlineData("takes memory", 1, 0)]
    [InlineData("refuses", 0, 0)]
    [InlineData("never ends", 0, 1)]
    public void A_planted_fault_is_noticed(string kind, int crashes, int hangs)
    {
        using PlantedTarget target = new(kind);
        using StringWriter error = new();
        TargetResult result = new FuzzRun(target, 7, _findings.Path, error) { LongestInput = TimeSpan.FromMilliseconds(300) }.Run(TimeSpan.FromSeconds(20), 20_000);
        target.Release();
        Assert.Equal((crashes, hangs), (Math.Min(result.Crashes, 1), result.Hangs));
        Assert.Equal(crashes + hangs > 0, Directory.GetFiles(_findings.Path).Length > 0);
        Assert.Equal(kind == "refuses", result.Refused > 0);
    }

    [Fact]
    public void The_same_seed_makes_the_same_inputs()
    {
        using PlantedTarget target = new("nothing");
        (Mutator one, Mutator again, Mutator other) = (new(5), new(5), new(6));
        byte[][] made = [.. Enumerable.Range(0, 100).Select(_ => one.Next(target))];
        Assert.All(made, input => Assert.Equal(input, again.Next(target)));
        Assert.Contains(made, input => !input.AsSpan().SequenceEqual(other.Next(target)));
    }

    [Fact]
    public void The_report_counts_by_target()
    {
        using StringWriter printed = new();
        int exit = FuzzProgram.Run(["--minutes", "0.005", "--targets", "frame,payload", "--json", "--findings", _findings.Path], printed, TextWriter.Null);
        using JsonDocument report = JsonDocument.Parse(printed.ToString());
        JsonElement root = report.RootElement;
        Assert.Equal((0, 0, 0), (exit, root.GetProperty("crashes").GetInt32(), root.GetProperty("hangs").GetInt32()));
        Assert.Equal(["frame", "payload"], root.GetProperty("targets").EnumerateArray().Select(static one => one.GetProperty("name").GetString()));
        Assert.Equal(
            root.GetProperty("inputs").GetInt64(), root.GetProperty("targets").EnumerateArray().Sum(static one => one.GetProperty("inputs").GetInt64()));
        Assert.True(root.GetProperty("inputsPerSecond").GetDouble() > 0);
        Assert.Equal(2, FuzzProgram.Run(["--targets", "nothing"], TextWriter.Null, TextWriter.Null));
    }

    // Does something wrong with inputs that begin with a byte above 200.
    private sealed class PlantedTarget(string kind) : FuzzTarget
    {
        private readonly ManualResetEventSlim _release = new();

        public override string Name => "planted";

        public override long MaxAllocatedBytes => 100_000;

        public override IReadOnlyList<byte[]> Seeds { get; } = [[1, 2, 3, 4]];

        public override bool IsTyped(Exception exception) => exception is FormatException;

        public void Release() => _release.Set();

        public override void Run(byte[] input)
        {
            if (input.Length == 0 || input[0] <= 200)
            {
                return;
            }

            switch (kind)
            {
                case "throws":
                    throw new InvalidOperationException("planted");
                case "refuses":
                    throw new FormatException("planted");
                case "takes memory":
                    GC.KeepAlive(new byte[200_000]);
                    break;
                case "never ends":
                    _release.Wait();
                    break;
            }
        }
    }
}
