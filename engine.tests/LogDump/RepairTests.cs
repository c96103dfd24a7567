using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Tests.Log;
using RaftEngine.Tests.Support;
using Xunit;

namespace RaftEngine.Tests.LogDump;

/// <summary>Repair cuts a torn tail and touches nothing else, ever; by default it touches nothing.</summary>
public sealed class RepairTests : IDisposable
{
    private readonly TemporaryLog _directory = new();
    private readonly TemporaryDirectory _elsewhere = new();

    public void Dispose()
    {
        _directory.Dispose();
        _elsewhere.Dispose();
    }

    [Fact]
    public void A_dry_run_says_what_would_be_cut_and_changes_nothing()
    {
        MakeTorn();
        Dictionary<string, string> before = Files();
        DumpRun run = DumpRun.Of("repair", _directory.Path, "--format", "csv");
        Assert.Equal(0, run.ExitCode);
        string row = $"torn tail,{SegmentFormat.NameOf(1)},{SegmentFormat.HeaderBytes + (12 * 56)},12,{(2 * 56) + TailMark.SizeInBytes},false,";
        Assert.Contains(row, run.Output, StringComparison.Ordinal);
        Assert.Equal(before, Files());
    }

    [Fact]
    public void Applied_it_cuts_the_tail_keeps_a_copy_and_changes_no_other_file()
    {
        MakeTorn();
        Dictionary<string, string> before = Files();
        string copies = _elsewhere.Sub("copies");
        DumpRun run = DumpRun.Of("repair", _directory.Path, "--apply", "--backup", copies);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains(copies, run.Output, StringComparison.Ordinal);
        string segment = SegmentFormat.NameOf(1);
        Assert.Equal([segment], Directory.GetFiles(copies).Select(static file => Path.GetFileName(file)));
        Assert.Equal(before[segment], Convert.ToHexString(File.ReadAllBytes(Path.Combine(copies, segment))));
        Dictionary<string, string> after = Files();
        Assert.Equal(before.Where(file => file.Key != segment), after.Where(file => file.Key != segment));

        DumpRun verified = DumpRun.Of("verify", _directory.Path, "--strict");
        Assert.Equal((0, string.Empty), (verified.ExitCode, verified.Error));
        Assert.Contains("clean", DumpRun.Of("repair", _directory.Path, "--apply", "--backup", _elsewhere.Sub("none")).Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_elsewhere.Sub("none"))); // nothing was changed
        Assert.Equal((12L, 0L), (_directory.Log.LastIndex, _directory.Log.TornTailBytes));
        _directory.Append(5);
        Assert.Equal(17, _directory.Log.LastIndex);
    }

    [Fact]
    public void A_copy_that_is_there_already_is_not_written_over_and_nothing_is_cut()
    {
        MakeTorn();
        Dictionary<string, string> before = Files();
        File.WriteAllText(_elsewhere.Sub(SegmentFormat.NameOf(1)), "earlier");
        Assert.Equal(3, DumpRun.Of("repair", _directory.Path, "--apply", "--backup", _elsewhere.Path).ExitCode);
        Assert.Equal(before, Files());
    }

    [Fact]
    public void A_live_directory_is_refused()
    {
        MakeTorn();
        using IDisposable? held = RaftEngine.Storage.FileSystemDirectory.OpenExisting(_directory.Path).TryLock(DataDirectory.LockName);
        Dictionary<string, string> before = Files();
        DumpRun run = DumpRun.Of("repair", _directory.Path, "--apply");
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("has it open", run.Error, StringComparison.Ordinal);
        Assert.Equal(before, Files());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Damage_is_left_as_it_is_and_the_way_to_rebuild_the_replica_is_told(bool isApplying)
    {
        _directory.Append(100);
        _directory.Close();
        _directory.Edit(SegmentFormat.NameOf(1), static bytes => bytes[SegmentFormat.HeaderBytes + (50 * 56) + 30] ^= 1);
        Dictionary<string, string> before = Files();
        DumpRun run = DumpRun.Of(["repair", _directory.Path, .. isApplying ? (string[])["--apply"] : []]);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("index 51", run.Error, StringComparison.Ordinal);
        Assert.Contains("Rebuild the replica from its peers", run.Error, StringComparison.Ordinal);
        Assert.Equal(before, Files());
    }

    private void MakeTorn()
    {
        _directory.Data.HardState.Save(new HardState(1, 1));
        _directory.Append(10, groupOf: 2);
        _directory.Sync();
        _directory.Append(4, groupOf: 4);
        _directory.Die();
        _directory.Edit(SegmentFormat.NameOf(1), static bytes => bytes.AsSpan(SegmentFormat.HeaderBytes + (12 * 56) + 10, 20).Clear());
    }

    // But for the lock, which says something by its name alone.
    private Dictionary<string, string> Files() => Directory.GetFiles(_directory.Path)
        .Where(static file => Path.GetFileName(file) != DataDirectory.LockName)
        .Order(StringComparer.Ordinal)
        .ToDictionary(static file => Path.GetFileName(file), static file => Convert.ToHexString(File.ReadAllBytes(file)));
}
