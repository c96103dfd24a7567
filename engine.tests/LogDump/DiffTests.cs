using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using RaftEngine.Log;
using RaftEngine.Tests.Log;
using RaftEngine.Tests.Support;
using Xunit;

namespace RaftEngine.Tests.LogDump;

/// <summary>Equal replicas are equal; others part at exactly one index, which is found without reading what lies before it.</summary>
public sealed class DiffTests : IDisposable
{
    private const int Records = 3000;
    private const int PayloadBytes = 100;

    private readonly List<TemporaryLog> _replicas = [];

    public void Dispose() => _replicas.ForEach(static replica => replica.Dispose());

    [Fact]
    public void One_directory_under_two_names_is_refused()
    {
        using TemporaryLog one = new();
        one.Append(5);
        one.Close();
        using TemporaryDirectory names = new();
        string link = names.Sub("link");
        Directory.CreateSymbolicLink(link, one.Path);
        string above = names.Sub("above");
        Directory.CreateSymbolicLink(above, Path.GetDirectoryName(one.Path)!);
        string[] others = [one.Path, one.Path + "/", Path.Combine(one.Path, "..", Path.GetFileName(one.Path)), link,
            link + "/", Path.Combine(above, Path.GetFileName(one.Path))];
        foreach (string other in others)
        {
            DumpRun run = DumpRun.Of("diff", one.Path, other);
            Assert.Equal((2, string.Empty), (run.ExitCode, run.Output));
            Assert.Contains("are one directory", run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Three_equal_replicas_are_equal()
    {
        MakeReplicas(Records, Records, Records);
        (int exitCode, JsonElement document) = Diff();
        Assert.Equal((0, "equal", null), (exitCode, Verdict(document), FirstDifference(document)));
        Assert.Single(document.GetProperty("replicas").EnumerateArray().Select(static replica => replica.GetProperty("fingerprint").GetString()).Distinct());
        Assert.False(document.TryGetProperty("records", out _));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(482)]
    [InlineData(1499)]
    [InlineData(1500)]
    [InlineData(2998)]
    [InlineData(Records)]
    public void A_record_that_was_changed_with_all_checksums_behind_it_is_found(long index)
    {
        MakeReplicas(Records);
        _replicas.Add(_replicas[0].Copy());
        _replicas.Add(_replicas[0].Copy());
        Rechained.ChangePayload(_replicas[1].Path, index, 17);
        Assert.Equal(0, DumpRun.Of("verify", _replicas[1].Path).ExitCode); // valid in itself
        (int exitCode, JsonElement document) = Diff();
        Assert.Equal((1, "divergent", index), (exitCode, Verdict(document), FirstDifference(document)));
        JsonElement[] records = [.. document.GetProperty("records").EnumerateArray()];
        Assert.Equal(_replicas.Select(static replica => replica.Path), records.Select(static record => record.GetProperty("directory").GetString()));
        Assert.All(records, record => Assert.Equal(index, record.GetProperty("index").GetInt64()));
        Assert.Equal(records[0].GetProperty("chain").GetString(), records[2].GetProperty("chain").GetString());
        Assert.NotEqual(records[0].GetProperty("chain").GetString(), records[1].GetProperty("chain").GetString());
        Assert.Contains($"{_replicas[0].Path}, {_replicas[2].Path} | {_replicas[1].Path}", Conclusion(document), StringComparison.Ordinal);
        Assert.All(document.GetProperty("replicas").EnumerateArray(), replica => Assert.Equal(Records - index + 1, replica.GetProperty("fromDifference").GetInt64()));
    }

    [Fact]
    public void Every_index_is_found_wherever_segments_begin()
    {
        MakeReplicas(1200, 1200);
        _replicas.Add(new TemporaryLog { Options = TemporaryLog.DefaultOptions with { SegmentSizeBytes = 96 << 10 } });
        _replicas[2].Append(1200, size: PayloadBytes, groupOf: 50);
        _replicas[2].Close();
        Random random = new(1);
        for (int i = 0; i < 12; i++)
        {
            long index = random.NextInt64(1, 1201);
            using TemporaryLog other = _replicas[2].Copy();
            Rechained.ChangePayload(other.Path, index);
            (int exitCode, JsonElement document) = Diff(_replicas[0].Path, other.Path);
            Assert.Equal((1, "divergent", index), (exitCode, Verdict(document), FirstDifference(document)));
        }
    }

    [Fact]
    public void Few_segments_are_read_of_many()
    {
        LogOptions small = TemporaryLog.DefaultOptions with { SegmentSizeBytes = 20 << 10, MaxPayloadBytes = 2 << 10, MaxUnsyncedBytes = 8 << 10 };
        for (int i = 0; i < 2; i++)
        {
            _replicas.Add(new TemporaryLog { Options = small with { SegmentSizeBytes = (20 + (4 * i)) << 10 } });
            _replicas[i].Append(4000, size: PayloadBytes, groupOf: 40);
            _replicas[i].Close();
        }

        int segments = _replicas.Sum(static replica => Directory.GetFiles(replica.Path, "*.segment").Length);
        Assert.True(segments > 50);
        Rechained.ChangePayload(_replicas[1].Path, 2345);
        (int exitCode, JsonElement document) = Diff();
        Assert.Equal((1, 2345L), (exitCode, FirstDifference(document)));
        Assert.InRange(document.GetProperty("comparison").GetProperty("segmentsRead").GetInt32(), 2, 2 * (2 + (int)Math.Ceiling(Math.Log2(segments))));
    }

    [Fact]
    public void Lag_is_no_difference()
    {
        MakeReplicas(Records, Records - 700, 5);
        (int exitCode, JsonElement document) = Diff();
        Assert.Equal((0, "lag", null), (exitCode, Verdict(document), FirstDifference(document)));
        Assert.Equal([0L, 700, Records - 5], document.GetProperty("replicas").EnumerateArray().Select(static replica => replica.GetProperty("behind").GetInt64()));
    }

    [Fact]
    public void A_suffix_of_another_term_is_a_conflict_with_its_size()
    {
        MakeReplicas(1000, 1000);
        foreach ((TemporaryLog replica, long term, int count) in new[] { (_replicas[0], 2L, 10), (_replicas[1], 3L, 4) })
        {
            replica.Append(count, term);
            replica.Close();
        }

        (int exitCode, JsonElement document) = Diff();
        Assert.Equal((1, "conflict", 1001), (exitCode, Verdict(document), FirstDifference(document)));
        Assert.Equal([2L, 3], document.GetProperty("records").EnumerateArray().Select(static record => record.GetProperty("term").GetInt64()));
        Assert.Equal([10L, 4], document.GetProperty("replicas").EnumerateArray().Select(static replica => replica.GetProperty("fromDifference").GetInt64()));
    }

    [Fact]
    public void Logs_that_were_compacted_are_compared_over_what_both_have()
    {
        MakeReplicas(Records, Records, Records);
        _replicas[1].Log.CompactTo(1600);
        long first = _replicas[1].Log.FirstIndex;
        Assert.InRange(first, 1000, 1600);
        _replicas[1].Close();
        Assert.Equal((0, "equal"), (Diff().ExitCode, Verdict(Diff().Document)));

        Rechained.ChangePayload(_replicas[0].Path, 2000);
        Assert.Equal(2000, FirstDifference(Diff(_replicas[0].Path, _replicas[1].Path).Document));

        Rechained.ChangePayload(_replicas[2].Path, first - 10); // where one of the two has nothing any more
        (int exitCode, JsonElement document) = Diff(_replicas[1].Path, _replicas[2].Path);
        Assert.Equal((1, "divergent", first - 1), (exitCode, Verdict(document), FirstDifference(document)));
    }

    [Fact]
    public void A_log_that_ends_before_another_begins_cannot_be_compared()
    {
        MakeReplicas(Records, 10);
        _replicas[0].Log.CompactTo(1600);
        _replicas[0].Close();
        (int exitCode, JsonElement document) = Diff();
        Assert.Equal((0, "not comparable"), (exitCode, Verdict(document)));
    }

    [Fact]
    public void Logs_of_two_clusters_have_nothing_in_common()
    {
        MakeReplicas(10);
        _replicas.Add(new TemporaryLog { Options = TemporaryLog.DefaultOptions with { ClusterId = Guid.NewGuid() } });
        _replicas[1].Append(10);
        _replicas[1].Close();
        DumpRun run = DumpRun.Of("diff", _replicas[0].Path, _replicas[1].Path);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains($"is of cluster {_replicas[1].Options.ClusterId}", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Damage_is_told_with_its_directory_where_it_is_met_or_looked_for()
    {
        MakeReplicas(Records, Records);
        string segment = SegmentFormat.NameOf(1);
        _replicas[1].Edit(segment, static bytes => bytes[SegmentFormat.HeaderBytes + (136 * 4) + 50] ^= 1);
        Assert.Equal(0, DumpRun.Of("diff", _replicas[0].Path, _replicas[1].Path).ExitCode); // equal by the chain, which is all that is compared
        DumpRun run = DumpRun.Of("diff", _replicas[0].Path, _replicas[1].Path, "--verify");
        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith($"{_replicas[1].Path}: Log corrupted: segment {segment}", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void One_directory_alone_is_usage()
    {
        MakeReplicas(10);
        Assert.Equal(2, DumpRun.Of("diff", _replicas[0].Path).ExitCode);
    }

    private static string? Verdict(JsonElement document) => document.GetProperty("comparison").GetProperty("verdict").GetString();

    private static string Conclusion(JsonElement document) => document.GetProperty("comparison").GetProperty("conclusion").GetString()!;

    private static long? FirstDifference(JsonElement document)
    {
        JsonElement index = document.GetProperty("comparison").GetProperty("firstDifferentIndex");
        return index.ValueKind == JsonValueKind.Null ? null : index.GetInt64();
    }

    private (int ExitCode, JsonElement Document) Diff() => Diff([.. _replicas.Select(static replica => replica.Path)]);

    private static (int ExitCode, JsonElement Document) Diff(params string[] paths)
    {
        DumpRun run = DumpRun.Of(["diff", .. paths, "--format", "json"]);
        return (run.ExitCode, JsonDocument.Parse(run.Output).RootElement);
    }

    private void MakeReplicas(params int[] records)
    {
        foreach (int count in records)
        {
            TemporaryLog replica = new() { Options = TemporaryLog.DefaultOptions with { NodeId = (ulong)_replicas.Count + 1 } };
            _replicas.Add(replica);
            replica.Append(count, size: PayloadBytes, groupOf: 50);
            replica.Close();
        }
    }
}
