using System;
using System.Collections.Generic;
using RaftEngine.Log;
using RaftEngine.Simulate.Disk;
using RaftEngine.Tests.Storage;
using Xunit;

namespace RaftEngine.Tests.Exploration;

/// <summary>The explorer notices what it is there to notice: each step that keeps the log safe is left out in turn, by a disk that only pretends to take it.</summary>
public sealed class ExplorerTests
{
    private const int States = 1500;

    private static readonly Dictionary<string, (string Script, Omission Ignores)> Omissions = new()
    {
        ["the sync of records"] = ("append-batches", static (image, operation, _) => IsSync(operation) && IsSegment(image, operation) && !IsNew(image, operation)),
        ["the sync of a new segment"] = ("roll", static (image, operation, _) => IsSync(operation) && IsPrepared(image.NameOf(operation.File))),
        ["the sync of the hard state"] = ("hard-state", static (image, operation, _) => IsSync(operation) && image.NameOf(operation.File) == HardStateFile.Name),
        ["the sync of the directory"] = ("roll", static (_, operation, _) => operation.Kind == DiskOperation.Kinds.SyncDirectory),
        ["the sync of the directory after a removal"] = ("truncate-segments", static (_, operation, before) =>
            operation.Kind == DiskOperation.Kinds.SyncDirectory && before is { Kind: DiskOperation.Kinds.Delete }),
        ["the sync of the log's beginning, of a compaction"] = ("compact", static (image, operation, _) => IsSync(operation) && IsStart(image, operation)),
        ["the sync of the log's beginning, of a reset"] = ("reset-behind-the-end", static (image, operation, _) => IsSync(operation) && IsStart(image, operation)),
        ["the sync of the segment that a reset begins with"] = ("reset-behind-the-end", static (image, operation, _) =>
            IsSync(operation) && IsPrepared(image.NameOf(operation.File)) && image.FileOf(operation.File).Content[16] == 101), // the first index
        ["the sync of the directory after a file has been recycled"] = ("recycle", static (_, operation, before) =>
            operation.Kind == DiskOperation.Kinds.SyncDirectory && before is { Kind: DiskOperation.Kinds.Rename } && IsPrepared(before.NewName)),
        ["the removal of the mark behind a truncated suffix"] = ("truncate", static (_, operation, _) =>
            operation.Kind == DiskOperation.Kinds.Write && operation.Bytes.Length == TailMark.SizeInBytes && IsZero(operation)),
        ["the destruction of a truncated suffix"] = ("truncate", static (image, operation, _) =>
            operation.Kind == DiskOperation.Kinds.Write && IsSegment(image, operation) && operation.Bytes.Length > TailMark.SizeInBytes
            && operation.Bytes.AsSpan(0, 4).IndexOfAnyExcept((byte)0xFF) < 0 && operation.Bytes.AsSpan(TailMark.SizeInBytes).IndexOfAnyExcept((byte)0) < 0),
    };

    /// <summary>Whether an operation is only pretended; it is told the one before.</summary>
    private delegate bool Omission(DiskImage image, DiskOperation operation, DiskOperation? before);

    public static TheoryData<string> Left => [.. Omissions.Keys];

    [Theory]
    [MemberData(nameof(Left))]
    public void The_explorer_notices_if_a_step_is_left_out(string step)
    {
        (string script, Omission omission) = Omissions[step];
        DiskOperation? before = null;
        bool Ignores(DiskImage image, DiskOperation operation)
        {
            bool isIgnored = omission(image, operation, before);
            before = isIgnored ? before : operation;
            return isIgnored;
        }

        (LogOptions options, Action<ScriptedLog> run) = LogScripts.All[script];
        string? found;
        try
        {
            using CrashExplorer explorer = new(script, options, run, Ignores);
            explorer.Explore(States);
            found = explorer.Violations is [string first, ..] ? first : null;
        }
        catch (Exception e) when (e is LogCorruptedException or InvalidOperationException)
        {
            found = e.Message; // the script itself has met the consequences
        }

        Assert.NotNull(found);
    }

    private static bool IsSync(DiskOperation operation) =>
        operation.Kind is DiskOperation.Kinds.BeginSync or DiskOperation.Kinds.EndSync;

    private static bool IsStart(DiskImage image, DiskOperation operation) => image.NameOf(operation.File) == LogStartFile.Name;

    private static bool IsPrepared(string? name) => name?.EndsWith(SegmentFactory.PreparedExtension, StringComparison.Ordinal) == true;

    private static bool IsSegment(DiskImage image, DiskOperation operation) => image.NameOf(operation.File)?.EndsWith(SegmentFormat.Extension, StringComparison.Ordinal) == true;

    private static bool IsNew(DiskImage image, DiskOperation operation) => image.FileOf(operation.File).Content[4200] == 0;

    private static bool IsZero(DiskOperation operation) => operation.Bytes.AsSpan().IndexOfAnyExcept((byte)0) < 0;
}
