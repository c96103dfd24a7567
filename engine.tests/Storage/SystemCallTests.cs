using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Storage;
using RaftEngine.Tests.Log;
using RaftEngine.Tests.Snapshots;
using RaftEngine.Tests.Support;
using Xunit;

namespace RaftEngine.Tests.Storage;

/// <summary>Durability ends at the kernel: what it is asked to sync, counted as it sees it, below every seam of the
/// engine.</summary>
public sealed class SystemCallTests : IDisposable
{
    private static readonly string s_first = SegmentFormat.NameOf(1);

    private readonly TemporaryDirectory _directory = new();

    public SystemCallTests() => File.WriteAllText(_directory.Sub("another"), "so that the directory is not empty");

    public void Dispose() => _directory.Dispose();

    [NeedsStraceFact]
    public async Task Each_step_asks_the_kernel_for_the_syncs_that_it_needs_and_for_no_more()
    {
        string path = _directory.Sub("data");
        DataDirectory? data = null;
        Dictionary<string, string[]> calls = await SystemCallTrace.OfAsync(
            ("first start", () => data = DataDirectory.Open(path, TemporaryLog.DefaultOptions)),
            ("vote", () => data!.HardState.Save(new HardState(1, 1))),
            ("append", () => Append(data!.Log, 1)),
            ("appends", () => Append(data!.Log, 10)),
            ("roll", () => Roll(data!.Log)),
            ("snapshot", () => SnapshotSamples.Write(data!.Log.Directory, 5, SnapshotSamples.State(1000))),
            ("stop", () => data!.Dispose()),
            ("start", () => data = DataDirectory.Open(path, TemporaryLog.DefaultOptions)));
        data!.Dispose();

        string parent = $"fsync {Path.GetFileName(_directory.Path)}";
        string second = Directory.GetFiles(path, "*.segment").Select(file => Path.GetFileName(file)!).Max()!;
        Assert.Equal(
            [
                parent,
                "fdatasync hard-state.new", "fsync data",
                "fdatasync log-start.new", "fsync data",
                "fdatasync 1.prepared", "fsync data", "fdatasync 1.prepared", "fsync data",
                "fdatasync hard-state", "fdatasync hard-state",
            ],
            calls["first start"]);
        Assert.Equal(["fdatasync hard-state", "fdatasync hard-state"], calls["vote"]);
        Assert.Equal([$"fdatasync {s_first}"], calls["append"]);
        Assert.Equal([$"fdatasync {s_first}"], calls["appends"]);
        Assert.Equal(
            [
                "fdatasync 2.prepared", "fsync data", // made ahead
                $"fdatasync {s_first}", // as much is written as may be unsynced
                $"fdatasync {s_first}", "fdatasync 2.prepared", "fsync data", $"fdatasync {s_first}", // the name, then the seal
                $"fdatasync {s_first.Replace("segment", "offsets", StringComparison.Ordinal)}",
                $"fdatasync {second}",
            ],
            calls["roll"]);
        Assert.Equal([$"fdatasync {5:D20}.snapshot.new", "fsync data"], calls["snapshot"]);
        Assert.Equal(2, calls["stop"].Count(call => call == $"fdatasync {second}"));
        Assert.Contains("fdatasync hard-state", calls["start"]);
        Assert.Contains($"fdatasync {second}", calls["start"]);
        Assert.Contains("fsync data", calls["start"]);
    }

    [NeedsStraceFact]
    public async Task The_entry_of_a_directory_is_synced_if_it_is_new_or_still_empty()
    {
        string parent = Path.GetFileName(_directory.Path);
        string path = _directory.Sub("data");
        Dictionary<string, string[]> calls = await SystemCallTrace.OfAsync(
            ("new", () => FileSystemDirectory.OpenOrCreate(path).Dispose()),
            ("empty", () => FileSystemDirectory.OpenOrCreate(path).Dispose()),
            ("new with parents", () => FileSystemDirectory.OpenOrCreate(Path.Combine(path, "b", "c")).Dispose()),
            ("not empty", () => FileSystemDirectory.OpenOrCreate(path).Dispose()));
        Assert.Equal([$"fsync {parent}"], calls["new"]);
        Assert.Equal([$"fsync {parent}"], calls["empty"]);
        Assert.Equal(["fsync data", "fsync b"], calls["new with parents"].TakeLast(2));
        Assert.Empty(calls["not empty"]);
    }

    [NeedsStraceFact]
    public async Task A_large_file_loses_its_name_before_any_of_its_content()
    {
        using FileSystemDirectory directory = FileSystemDirectory.OpenExisting(_directory.Path);
        await File.WriteAllBytesAsync(_directory.Sub("large"), new byte[9 << 20]);
        Dictionary<string, string[]> calls = await SystemCallTrace.OfAsync(("delete", () => directory.DeleteGently("large")));
        Assert.Equal(["unlink large", "ftruncate large", "ftruncate large"], calls["delete"]);
    }

    private static void Append(SegmentedLog log, int count)
    {
        for (int i = 0; i < count; i++)
        {
            log.Append(EntryKind.Command, 1, new byte[100]);
        }

        log.Flush();
        SyncTicket ticket = log.PrepareSync();
        log.Sync(ticket);
        log.CompleteSync(ticket);
    }

    // The rest of a segment, and one record more.
    private static void Roll(SegmentedLog log) => Append(log, (((64 << 10) - SegmentFormat.HeaderBytes - TailMark.SizeInBytes) / 136) - 10);
}
