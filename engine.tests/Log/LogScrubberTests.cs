using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Log;
using RaftEngine.Storage;
using RaftEngine.Tests.Storage;
using Xunit;

namespace RaftEngine.Tests.Log;

public sealed class LogScrubberTests : IDisposable
{
    private readonly TemporaryLog _directory = new() { Options = TemporaryLog.DefaultOptions with { VerifyFromIndex = long.MaxValue } };
    private readonly BlockingCollection<Exception> _failures = [];

    public void Dispose()
    {
        _directory.Dispose();
        _failures.Dispose();
    }

    [Fact]
    public void It_finds_damage_that_opening_trusted_and_says_where()
    {
        _directory.Append(2000, size: 100);
        _directory.Close();
        _directory.Edit(SegmentFormat.NameOf(1), static bytes => bytes[SegmentFormat.HeaderBytes + (136 * 50) + 30] ^= 1);
        Assert.Equal(2000, _directory.Log.LastIndex);
        using LogScrubber scrubber = new(_directory.Log, long.MaxValue, _failures.Add, "scrubber");
        scrubber.Start();
        LogCorruptedException found = Assert.IsType<LogCorruptedException>(_failures.Take());
        Assert.Equal((SegmentFormat.NameOf(1), SegmentFormat.HeaderBytes + (136 * 50), 51L), (found.Segment, found.Offset, found.Index));
    }

    [Fact]
    public void It_reads_every_sealed_record_and_finds_no_damage_where_there_is_none()
    {
        _directory.Append(2000, size: 100);
        using LogScrubber scrubber = new(_directory.Log, long.MaxValue, _failures.Add, "scrubber");
        scrubber.Start();
        Assert.True(SpinWait.SpinUntil(() => scrubber.Passes > 0 || _failures.Count > 0, TimeSpan.FromSeconds(30)));
        Assert.Empty(_failures);
        int sealedSegments = Directory.GetFiles(_directory.Path, "*.segment").Length - 1;
        long perSegment = ((64 << 10) - SegmentFormat.HeaderBytes - TailMark.SizeInBytes) / 136 * 136;
        Assert.Equal(sealedSegments * perSegment, scrubber.BytesRead);
    }

    [Theory]
    [InlineData("moved")]
    [InlineData("deleted")]
    [InlineData("replaced")]
    [InlineData("emptied")]
    public void It_finds_that_the_directory_is_gone_even_if_it_reads_nothing(string how)
    {
        string path = Path.Combine(_directory.Path, "data");
        using DataDirectory data = DataDirectory.Open(path, _directory.Options);
        using LogScrubber scrubber = new(data.Log, 0, _failures.Add, "scrubber");
        if (how is "moved" or "replaced")
        {
            Directory.Move(path, path + "-elsewhere");
        }
        else
        {
            Directory.Delete(path, recursive: true);
        }

        if (how is "replaced" or "emptied")
        {
            Directory.CreateDirectory(path);
        }

        scrubber.Start();
        StorageFailedException found = Assert.IsType<StorageFailedException>(_failures.Take());
        Assert.Equal(("look for", path), (found.Operation, found.Path));
        data.Abandon();
    }

    [Fact]
    public void It_finds_that_the_files_are_gone_but_not_that_the_path_leads_over_a_link()
    {
        string path = Path.Combine(_directory.Path, "data");
        string link = Path.Combine(_directory.Path, "link");
        Directory.CreateDirectory(path);
        Directory.CreateSymbolicLink(link, path);
        using DataDirectory data = DataDirectory.Open(link, _directory.Options);
        data.Log.Directory.RequireInPlace(HardStateFile.Name);
        File.Delete(Path.Combine(path, HardStateFile.Name));
        StorageFailedException found = Assert.Throws<StorageFailedException>(() => data.Log.Directory.RequireInPlace(HardStateFile.Name));
        Assert.Equal(Path.Combine(link, HardStateFile.Name), found.Path);
        data.Abandon();
    }

    [Fact]
    public void It_keeps_to_its_rate_and_stops_when_told()
    {
        _directory.Append(1000, size: 100);
        using LogScrubber scrubber = new(_directory.Log, 200_000, _failures.Add, "scrubber");
        long began = Stopwatch.GetTimestamp();
        scrubber.Start();
        Assert.True(SpinWait.SpinUntil(() => scrubber.BytesRead >= 61_000, TimeSpan.FromSeconds(30)));
        Assert.True(Stopwatch.GetElapsedTime(began) >= TimeSpan.FromMilliseconds(250));
    }

    [Fact]
    public void A_segment_that_a_reset_gives_up_is_no_damage_at_any_step_of_it()
    {
        Action? look = null;
        _directory.OpenThrough(inner => new WatchedDirectory(inner, () => look?.Invoke()));
        _directory.Append(2000, size: 100, groupOf: 10);
        SegmentedLog log = _directory.Log;
        List<SealedSegment> segments = [];
        for (long from = 0; log.FindSealed(from) is { } segment; from = segment.Next.FirstIndex)
        {
            segments.Add(segment);
        }

        using LogScrubber scrubber = new(log, long.MaxValue, _failures.Add, "scrubber");
        int looks = 0;
        look = () =>
        {
            looks++;
            segments.ForEach(scrubber.Verify);
        };
        log.Reset(5000, 3, 0x55);
        Assert.True(segments.Count > 2 && looks > segments.Count, $"{looks} looks at {segments.Count} segments");
        look();
    }

    [Fact]
    public async Task It_takes_no_compacted_recycled_or_truncated_segment_for_damage()
    {
        _directory.Options = TemporaryLog.DefaultOptions with { Scheduler = TaskScheduler.Default };
        SegmentedLog log = _directory.Log;
        _directory.Append(1000, size: 100, groupOf: 10);
        using LogScrubber scrubber = new(log, long.MaxValue, _failures.Add, "scrubber");
        using CancellationTokenSource stop = new();
        Task verifier = Task.Factory.StartNew(
            () =>
            {
                for (long from = 0; !stop.IsCancellationRequested; from = log.FindSealed(from)?.Next.FirstIndex ?? 0)
                {
                    if (log.FindSealed(from) is { } segment)
                    {
                        scrubber.Verify(segment);
                    }
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        for (int round = 0; round < 40; round++)
        {
            _directory.Append(700, term: round + 1, size: 100, groupOf: 10);
            log.TruncateFrom(log.LastIndex - 600);
            _directory.Append(700, term: round + 1, size: 90, groupOf: 10);
            log.CompactTo(log.LastIndex - 900);
        }

        await stop.CancelAsync();
        await verifier;
        Assert.True(scrubber.BytesRead > 0);
    }
}
