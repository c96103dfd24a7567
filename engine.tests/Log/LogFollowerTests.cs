using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using RaftEngine.Log;
using Xunit;

namespace RaftEngine.Tests.Log;

/// <summary>A tail reader sees every record that stays in the log, once and in order, and is told which records were
/// truncated.</summary>
public sealed class LogFollowerTests : IDisposable
{
    private readonly TemporaryLog _directory = new();
    private readonly ManualTime _time = new();
    private readonly SortedDictionary<long, ulong> _shown = [];
    private readonly List<LogChange> _changes = [];
    private LogFollower? _follower;
    private long _lastShown;

    public void Dispose()
    {
        _follower?.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public void Records_are_shown_as_they_come_across_rolls()
    {
        _directory.Append(3);
        Follow(2);
        Assert.Equal([2L, 3], _shown.Keys);
        for (int i = 0; i < 40; i++)
        {
            _directory.Append(25, size: 100, groupOf: 7);
            LookOnce(); // one look is enough, rolls included
            Assert.Equal(_directory.Log.LastIndex, _lastShown);
        }

        Assert.True(Directory.GetFiles(_directory.Path, "*.segment").Length >= 3);
        AssertShownIsTheLog();
        Assert.Empty(_changes);
    }

    [Fact]
    public void A_log_that_is_still_being_made_is_waited_for()
    {
        _ = _directory.Log;
        Follow(1);
        Assert.Empty(_shown);
        _directory.Append(2);
        Look();
        Assert.Equal([1L, 2], _shown.Keys);
    }

    [Fact]
    public void An_index_far_behind_the_end_is_waited_for()
    {
        _directory.Append(5);
        Follow(9);
        _directory.Append(6);
        Look();
        Assert.Equal([9L, 10, 11], _shown.Keys);
    }

    [Theory]
    [InlineData(30, 20, 3)] // fewer than were cut off
    [InlineData(30, 20, 20)] // more
    [InlineData(30, 30, 1)]
    [InlineData(30, 20, 11)] // as many, in records of the same sizes
    [InlineData(30, 20, 0)]
    [InlineData(1500, 20, 7)] // over segments
    [InlineData(1500, 700, 900)]
    public void A_truncation_is_told_with_its_index_and_what_comes_instead_is_shown(int count, int from, int instead)
    {
        _directory.Append(count, size: 100, groupOf: 50);
        Follow(1);
        _directory.Log.TruncateFrom(from);
        _directory.Append(instead, term: 2, size: 100, groupOf: 50);
        Look();
        Assert.Equal(new LogChange(LogChangeKind.Truncated, from, count), Assert.Single(_changes));
        AssertShownIsTheLog();
    }

    [Theory]
    [InlineData(30)]
    [InlineData(25)]
    public void A_truncation_that_reaches_further_back_than_what_was_shown_is_told_from_its_beginning(long from)
    {
        _directory.Append(30);
        Follow(from);
        _directory.Log.TruncateFrom(20);
        _directory.Append(2, term: 2);
        Look();
        Assert.Equal(new LogChange(LogChangeKind.Truncated, 20, 30), Assert.Single(_changes));
        Assert.Equal([20L, 21], _shown.Keys);
        AssertShownIsTheLog();
    }

    [Fact]
    public void A_truncation_of_what_was_not_shown_yet_is_no_news()
    {
        _directory.Append(30);
        Follow(40);
        _directory.Log.TruncateFrom(20);
        _directory.Append(40, term: 2);
        Look();
        Assert.Empty(_changes);
        Assert.Equal(40, _shown.Keys.First());
        AssertShownIsTheLog();
    }

    [Fact]
    public void Compaction_behind_the_reader_is_no_news()
    {
        _directory.Append(1500, size: 100, groupOf: 50);
        Follow(1400);
        _directory.Sync();
        _directory.Log.CompactTo(1300);
        Assert.True(_directory.Log.FirstIndex > 1);
        _directory.Append(700, size: 100);
        Look();
        Assert.Empty(_changes);
        AssertShownIsTheLog();
    }

    [Fact]
    public void What_was_compacted_before_it_could_be_shown_is_told()
    {
        _directory.Append(100, size: 100);
        Follow(1);
        _directory.Append(4000, size: 100, groupOf: 50);
        _directory.Sync();
        _directory.Log.CompactTo(3500);
        Look();
        LogChange skipped = Assert.Single(_changes);
        Assert.Equal((LogChangeKind.Skipped, _directory.Log.FirstIndex - 1), (skipped.Kind, skipped.ToIndex));
        Assert.DoesNotContain(_shown.Keys, index => index >= skipped.FromIndex && index <= skipped.ToIndex);
        AssertShownIsTheLog();
    }

    [Fact]
    public void A_log_that_begins_anew_behind_a_snapshot_is_told()
    {
        _directory.Append(100);
        Follow(1);
        _directory.Log.Reset(500, 7, 0xC0DE);
        _directory.Append(3, term: 7);
        Look();
        Assert.Equal(new LogChange(LogChangeKind.Skipped, 101, 500), Assert.Single(_changes));
        Assert.Equal([501L, 502, 503], _shown.Keys.Where(static index => index > 100));
        AssertShownIsTheLog();
    }

    [Fact]
    public void A_torn_tail_is_told_once_and_only_when_it_has_stayed_for_a_second()
    {
        _directory.Append(10, groupOf: 2);
        _directory.Sync();
        _directory.Append(4, groupOf: 4);
        _directory.Die();
        _directory.Edit(SegmentFormat.NameOf(1), static bytes => bytes.AsSpan(SegmentFormat.HeaderBytes + (12 * 56) + 10, 20).Clear());
        Follow(1);
        Assert.Empty(_changes);
        for (int i = 0; i < 30; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            Look();
        }

        Assert.Equal(new LogChange(LogChangeKind.Torn, 13, 13, (2 * 56) + TailMark.SizeInBytes), Assert.Single(_changes));
        Assert.Equal(12, _shown.Count);
    }

    [Theory]
    [InlineData(100)] // in a sealed segment
    [InlineData(1490)] // in the last
    public void Damage_is_believed_when_it_has_stayed_for_a_second(long index)
    {
        _directory.Append(1500, size: 100, groupOf: 50);
        _directory.Close();
        LogInspector inspector = LogInspector.Open(_directory.Path);
        (string file, long offset) = (string.Empty, 0L);
        inspector.Visit(index, index, (segment, at, _) =>
        {
            (file, offset) = (segment, at);
            return true;
        });
        _directory.Edit(file, bytes => bytes[offset + 40] ^= 1);
        Follow(index - 20);
        LogCorruptedException? found = null;
        int looks = 0;
        for (; found is null && looks < 100; looks++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            found = Record.Exception(LookOnce) as LogCorruptedException;
        }

        Assert.Equal((file, offset, index), (found?.Segment, found?.Offset, found?.Index));
        Assert.InRange(looks, 5, 12); // half a second has passed before
        Assert.Equal(Enumerable.Range((int)index - 20, 20).Select(static i => (long)i), _shown.Keys);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Whatever_happens_to_a_log_what_is_shown_in_the_end_is_what_is_in_it(int seed)
    {
        Random random = new(seed);
        _directory.Append(20, size: 100);
        Follow(1);
        for (int i = 0; i < 60; i++)
        {
            SegmentedLog log = _directory.Log;
            switch (random.Next(12))
            {
                case 0:
                    log.TruncateFrom(random.NextInt64(Math.Max(log.FirstIndex, log.LastIndex - 600), log.LastIndex + 1));
                    break;
                case 1:
                    log.TruncateFrom(random.NextInt64(Math.Max(log.FirstIndex, log.LastIndex - 10), log.LastIndex + 1));
                    break;
                case 2 when log.LastIndex >= log.FirstIndex:
                    _directory.Sync();
                    log.CompactTo(random.NextInt64(log.FirstIndex, log.LastIndex + 1));
                    break;
                case 3 when random.Next(4) == 0:
                    log.Reset(log.LastIndex + random.Next(1, 50), i + 1, (ulong)random.NextInt64());
                    break;
                case 4:
                    _directory.Append(random.Next(300, 700), i + 1, 100, groupOf: 13);
                    break;
                default:
                    _directory.Append(random.Next(1, 40), i + 1, random.Next(1, 400), groupOf: random.Next(1, 9));
                    break;
            }

            if (random.Next(3) != 0)
            {
                Look();
            }
        }

        Look();
        AssertShownIsTheLog();
        Assert.Equal(_directory.Log.LastIndex, _shown.Keys.Last());
        Assert.Contains(_changes, static change => change.Kind == LogChangeKind.Truncated);
    }

    private void Follow(long from)
    {
        _follower = new LogFollower(LogInspector.Open(_directory.Path), from, _time);
        Look();
    }

    /// <summary>Looks until nothing is new, and long enough for everything but damage.</summary>
    private void Look()
    {
        for (int i = 0; i < 8; i++)
        {
            LookOnce();
            _time.Advance(TimeSpan.FromMilliseconds(60));
        }
    }

    private void LookOnce()
    {
        LogChange change;
        do
        {
            change = _follower!.Look((_, _, record) =>
            {
                Assert.True(record.Index > _lastShown, $"{record.Index} is shown again");
                _lastShown = record.Index;
                _shown.Add(record.Index, record.Chain);
                return true;
            });
            if (change.Kind == LogChangeKind.Truncated)
            {
                _lastShown = change.FromIndex - 1;
                foreach (long index in _shown.Keys.Where(index => index >= change.FromIndex).ToArray())
                {
                    _shown.Remove(index);
                }
            }

            if (change.Kind != LogChangeKind.None)
            {
                _changes.Add(change);
            }
        }
        while (change.Kind != LogChangeKind.None);
    }

    private void AssertShownIsTheLog()
    {
        SegmentedLog log = _directory.Log;
        Assert.NotEmpty(_shown);
        foreach ((long index, ulong chain) in _shown.Where(shown => shown.Key >= log.FirstIndex))
        {
            Assert.True(index <= log.LastIndex, $"{index} was shown, and the log ends at {log.LastIndex}");
            Assert.Equal(log.ChainAt(index), chain);
        }

        long first = Math.Max(log.FirstIndex, _shown.Keys.First());
        Assert.Equal(log.LastIndex - first + 1, _shown.Keys.Count(index => index >= first));
    }
}
