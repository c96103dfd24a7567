using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Snapshots;
using RaftEngine.Storage;
using RaftEngine.Tests.Log;
using Xunit;

namespace RaftEngine.Tests.LogDump;

public sealed class LiveDirectoryTests : IDisposable
{
    private const int LeastLooks = 60;
    private const int LeastSegments = 4;
    private const int JudgeLooks = 24;

    private static readonly string[] Judges = ["info", "verify", "map", "repair"];
    private static readonly string[] Others = ["info", "segments", "stats", "terms", "map"];

    private readonly TemporaryLog _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Every_command_is_clean_beside_a_writer_that_appends_and_rolls()
    {
        _ = _directory.Log;
        using CancellationTokenSource stop = new();
        Task writer = Task.Factory.StartNew(() => WriteUntil(stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        int looks = 0;
        try
        {
            for (; (looks < LeastLooks || Segments() < LeastSegments) && !writer.IsCompleted; looks++)
            {
                AssertClean(DumpRun.Of("verify", _directory.Path));
                DumpRun other = DumpRun.Of(Others[looks % Others.Length], _directory.Path);
                Assert.Equal((0, string.Empty), (other.ExitCode, other.ExitCode == 0 ? string.Empty : $"{Others[looks % Others.Length]}: {other.Error}"));
                DumpRun listed = DumpRun.Of("list", _directory.Path);
                AssertClean(listed);
                List<ListedRecord> records = ListedRecord.ParseAll(listed.Output);
                Assert.Equal(Enumerable.Range(1, records.Count).Select(index => (long)index), records.Select(record => record.Index));
            }
        }
        finally
        {
            await stop.CancelAsync();
            await writer;
        }

        Assert.True(looks >= LeastLooks);
        string fingerprint = $"{_directory.Log.ChainAt(_directory.Log.LastIndex):x16}";
        _directory.Die();
        Assert.Contains(fingerprint, DumpRun.Of("verify", _directory.Path).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_judges_a_directory_warns_of_nothing_that_is_in_progress()
    {
        _ = _directory.Log;
        using CancellationTokenSource stop = new();
        Task writer = Task.Factory.StartNew(() => LiveUntil(stop.Token), CancellationToken.None,
            TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            for (int look = 0; look < JudgeLooks && !writer.IsCompleted; look++)
            {
                string command = Judges[look % Judges.Length];
                DumpRun run = DumpRun.Of(command, _directory.Path, "--quiet");
                Assert.Equal((0, string.Empty), (run.ExitCode, run.ExitCode == 0 ? string.Empty
                    : $"{command}: {run.Error}"));
                Assert.Equal(string.Empty, command == "repair" ? string.Empty
                    : DumpRun.Of(command, _directory.Path).Error);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await writer;
        }
    }

    private static void AssertClean(DumpRun run) => Assert.Equal((0, string.Empty), (run.ExitCode, run.Error));

    private int Segments() => Directory.GetFiles(_directory.Path, "*.segment").Length;

    /// <summary>Appends, syncs and rolls; and starts over by a truncation now and then, so that a look does not take longer and longer.</summary>
    private void WriteUntil(CancellationToken stop)
    {
        SegmentedLog log = _directory.Log;
        Random random = new(1);
        for (long term = 1; !stop.IsCancellationRequested; term++)
        {
            while (log.LastIndex < 2500 && !stop.IsCancellationRequested)
            {
                _directory.Append(random.Next(1, 40), term, random.Next(1, 400), groupOf: 13);
                if (random.Next(4) == 0)
                {
                    _directory.Sync();
                    log.WriteIdleMark();
                }
            }

            log.TruncateFrom(Math.Min(log.LastIndex + 1, 2000));
        }
    }

    /// <summary>Does what a node does: appends, votes, writes snapshots, and compacts behind them.</summary>
    private void LiveUntil(CancellationToken stop)
    {
        SegmentedLog log = _directory.Log;
        Random random = new(2);
        using FileSystemDirectory directory = FileSystemDirectory.OpenExisting(_directory.Path);
        SnapshotStore snapshots = new(directory);
        for (long term = 1; !stop.IsCancellationRequested; term++)
        {
            _directory.Data.HardState.Save(new HardState(term, 1));
            for (int group = 0; group < 40; group++)
            {
                _directory.Append(random.Next(1, 40), term, random.Next(1, 400), groupOf: 13);
            }

            _directory.Sync();
            long last = log.LastIndex;
            SnapshotHeader header = new(Guid.NewGuid(), _directory.Options.ClusterId, _directory.Options.GroupId, last,
                term, log.ChainAt(last), ReadOnlyMemory<byte>.Empty);
            snapshots.Write(header, static stream => stream.Write(new byte[20_000]), CancellationToken.None);
            log.CompactTo(last);
        }
    }
}
