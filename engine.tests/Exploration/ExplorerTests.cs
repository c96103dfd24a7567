using System;
using System.Collections.Generic;
using System.Linq;
using RaftEngine.Log;
using RaftEngine.Tests.Storage;
using Xunit;

namespace RaftEngine.Tests.Exploration;

/// <summary>The explorer notices what it is there to notice: each step that keeps the log safe is left out in turn, by a disk that only pretends to take it.</summary>
public sealed class ExplorerTests
{
    private const int States = 1500;

    private static readonly Dictionary<string, (string Script, Func<DiskImage, DiskOperation, bool> Ignores)> Omissions = new()
    {
        ["the sync of records"] = ("append-batches", static (image, operation) => IsSync(operation) && IsSegment(image, operation) && !IsNew(image, operation)),
        ["the sync of a new segment"] = ("roll", static (image, operation) => IsSync(operation) && IsPrepared(image.NameOf(operation.File))),
        ["the sync of the hard state"] = ("hard-state", static (image, operation) => IsSync(operation) && image.NameOf(operation.File) == HardStateFile.Name),
        ["the sync of the directory"] = ("roll", static (_, operation) => operation.Kind == DiskOperation.Kinds.SyncDirectory),
        ["the sync of the directory after a removal"] = ("truncate-segments", static (image, operation) =>
            operation.Kind == DiskOperation.Kinds.SyncDirectory && image.Names.ContainsKey(SegmentFormat.NameOf(1)) && !image.Names.Keys.Any(IsPrepared)),
        ["the removal of the mark behind a truncated suffix"] = ("truncate", static (_, operation) =>
            operation.Kind == DiskOperation.Kinds.Write && operation.Bytes.Length == TailMark.SizeInBytes && IsZero(operation)),
        ["the destruction of a truncated suffix"] = ("truncate", static (image, operation) =>
            operation.Kind == DiskOperation.Kinds.Write && IsSegment(image, operation) && operation.Bytes.Length > TailMark.SizeInBytes
            && operation.Bytes.AsSpan(0, 4).IndexOfAnyExcept((byte)0xFF) < 0 && operation.Bytes.AsSpan(TailMark.SizeInBytes).IndexOfAnyExcept((byte)0) < 0),
    };

    public static TheoryData<string> Left => [.. Omissions.Keys];

    [Theory]
    [MemberData(nameof(Left))]
    public void The_explorer_notices_if_a_step_is_left_out(string step)
    {
        (string script, Func<DiskImage, DiskOperation, bool> ignores) = Omissions[step];
        (LogOptions options, Action<ScriptedLog> run) = LogScripts.All[script];
        string? found;
        try
        {
            using CrashExplorer explorer = new(script, options, run, ignores);
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

    private static bool IsPrepared(string? name) => name?.EndsWith(SegmentFactory.PreparedExtension, StringComparison.Ordinal) == true;

    private static bool IsSegment(DiskImage image, DiskOperation operation) => image.NameOf(operation.File)?.EndsWith(SegmentFormat.Extension, StringComparison.Ordinal) == true;

    private static bool IsNew(DiskImage image, DiskOperation operation) => image.FileOf(operation.File).Content[4200] == 0;

    private static bool IsZero(DiskOperation operation) => operation.Bytes.AsSpan().IndexOfAnyExcept((byte)0) < 0;
}
