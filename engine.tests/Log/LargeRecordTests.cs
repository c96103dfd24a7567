using System;
using System.IO;
using System.Linq;
using RaftEngine.Log;
using RaftEngine.Protocol;
using Xunit;

namespace RaftEngine.Tests.Log;

/// <summary>Records of other nodes that are larger than this node's own may be: larger than its bound, its group, its segments, and what it leaves unsynced.</summary>
public sealed class LargeRecordTests : IDisposable
{
    private const int LargeBytes = 200_000;

    private readonly TemporaryLog _leader = new()
    {
        Options = TemporaryLog.DefaultOptions with { NodeId = 2, SegmentSizeBytes = 1 << 20, MaxPayloadBytes = LargeBytes, MaxUnsyncedBytes = 1 << 20 },
    };

    private readonly TemporaryLog _follower = new();

    public void Dispose()
    {
        _leader.Dispose();
        _follower.Dispose();
    }

    [Theory]
    [InlineData(0)] // into an empty segment
    [InlineData(3)]
    [InlineData(300)]
    public void A_record_that_no_segment_of_the_usual_size_holds_gets_one_of_its_own_and_is_there_after_a_start(int before)
    {
        Fill(before);
        Take(before + 1, before + 4);
        _follower.Append(400, size: 200); // in segments of the usual size again
        RequireAll();
        _follower.Close();
        RequireAll();
        Assert.Contains(Directory.GetFiles(_follower.Path, "*.segment"), static file => new FileInfo(file).Length > LargeBytes);
        Assert.Equal(64 << 10, new FileInfo(Directory.GetFiles(_follower.Path, "*.segment").Order().Last()).Length);
    }

    [Fact]
    public void One_that_a_segment_holds_but_that_is_larger_than_a_group_and_than_what_may_be_unsynced_is_taken()
    {
        _follower.Options = TemporaryLog.DefaultOptions with { SegmentSizeBytes = 1 << 20, MaxPayloadBytes = 1 << 10, MaxUnsyncedBytes = 4 << 10 };
        Fill(3);
        Take(4, 7);
        RequireAll();
        _follower.Die();
        RequireAll();
    }

    [Fact]
    public void The_bound_of_the_log_holds_for_it_and_nothing_of_the_run_is_taken()
    {
        _follower.Options = TemporaryLog.DefaultOptions with { MaxLogBytes = 256 << 10 };
        Fill(3);
        byte[] run = _leader.Log.RunBytes(4, 7).ToArray();
        Assert.False(_follower.Log.TryMakeRoom(run.Length, 3, out LogFullException? full, run));
        Assert.NotNull(full);
        Assert.Throws<LogFullException>(() => _follower.Log.AppendRun(4, 7, 1, run));
        Assert.Equal(3, _follower.Log.LastIndex);
        _follower.Append(100);
        RequireSame(3);
    }

    [Fact]
    public void Its_file_is_gone_once_it_is_compacted_and_no_spare_one()
    {
        Fill(3);
        Take(4, 7);
        _follower.Append(600, size: 200);
        _follower.Sync();
        _follower.Log.CompactTo(_follower.Log.LastIndex);
        _follower.Close();
        Assert.All(Directory.GetFiles(_follower.Path).Where(static file => file.EndsWith(".segment", StringComparison.Ordinal) || SegmentFactory.IsPrepared(file)),
            static file => Assert.Equal(64 << 10, new FileInfo(file).Length));
    }

    // The leader has so many small records, then two large ones between two small ones.
    private void Fill(int before)
    {
        _leader.Append(before, size: 200);
        if (before > 0)
        {
            _follower.Log.AppendRun(1, before, 1, _leader.Log.RunBytes(1, before));
            _follower.Log.Flush();
        }

        foreach (int size in new[] { 10, LargeBytes, LargeBytes, 10 })
        {
            _leader.Append(1, size: size);
        }
    }

    private void Take(long first, long last)
    {
        byte[] run = _leader.Log.RunBytes(first, last).ToArray();
        Assert.True(_follower.Log.TryMakeRoom(run.Length, first - 1, out _, run));
        _follower.Log.AppendRun(first, last, 1, run);
        _follower.Log.Flush();
        _follower.Sync();
    }

    private void RequireAll() => RequireSame(_leader.Log.LastIndex);

    private void RequireSame(long through)
    {
        for (long index = 1; index <= through; index++)
        {
            Assert.Equal(_leader.Log.ChainAt(index), _follower.Log.ChainAt(index));
            Assert.True(_leader.Log.Read(index).Payload.SequenceEqual(_follower.Log.Read(index).Payload));
        }
    }
}
