using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Simulate.Disk;
using RaftEngine.Storage;
using RaftEngine.Tests.Storage;
using Xunit;
using Xunit.Abstractions;

namespace RaftEngine.Tests.Exploration;

/// <summary>
/// Whichever request the disk refuses, the k-th for every k: nothing is acknowledged afterwards, what is there can be read, and reopening finds
/// everything that was acknowledged. A disk that is only full may be refused as that, and the log then goes on. By default every other request of a
/// script, RAFTENGINE_FAULTS=all sweeps all.
/// </summary>
public sealed class FaultSweepTests(ITestOutputHelper output)
{
    private static readonly bool IsComplete = Environment.GetEnvironmentVariable("RAFTENGINE_FAULTS") == "all";

    private static readonly int Stride = IsComplete ? 1 : 2; // a disk that is full is met at the odd requests, and any other failure at the even ones

    // Those that are wide have many more states than requests.
    private static readonly string[] Narrow =
        [.. LogScripts.All.Keys.Where(static script => !script.EndsWith("-wide", StringComparison.Ordinal)), "random-3", "random-6", "random-7"];

    public static TheoryData<string> Scripts => [.. Narrow];

    // Those in which helpers come late make the same requests later: by default they are swept for a full disk alone.
    public static TheoryData<string> RefusedScripts => [.. Narrow.Where(static script => IsComplete || !script.EndsWith("-late", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(RefusedScripts))]
    public void Whichever_request_is_refused_the_log_stops_and_reopens_with_all_that_was_acknowledged(string script) => Sweep(script, isFullDisk: false);

    [Theory]
    [MemberData(nameof(Scripts))]
    public void Whichever_request_finds_the_disk_full_the_log_stops_or_goes_on_and_loses_nothing(string script) => Sweep(script, isFullDisk: true);

    [Theory]
    [InlineData("compact")]
    [InlineData("reset-after-compaction")]
    [InlineData("roll-twice")]
    public void Whichever_request_of_a_helper_on_its_own_thread_is_refused_the_log_stops_or_did_not_need_it(string script)
    {
        (LogOptions options, Action<ScriptedLog> run) = LogScripts.All[script];
        options = options with { Scheduler = TaskScheduler.Default };
        int refused = 0;
        for (int failing = 1; failing <= refused + 5; failing++)
        {
            using FakeDisk disk = new(options.SegmentSizeBytes) { FailingBackgroundCall = failing };
            string? violation = Fail(disk, options, run, isSureToAsk: false);
            refused += disk.Refused is null ? 0 : 1;
            Assert.True(violation is null, $"{script}, the helpers' request {failing}, {disk.Refused}: {violation}");
        }

        output.WriteLine($"{script}: {refused} requests of helpers");
        Assert.True(refused >= 10);
    }

    [Fact]
    public void A_full_disk_is_no_failure_of_the_log_and_it_goes_on_once_there_is_room_reopened_or_not()
    {
        LogOptions options = LogScripts.SmallSegments;
        using FakeDisk disk = new(options.SegmentSizeBytes) { Room = 60 << 10 };
        ScriptedLog log = new(disk, options);
        log.Open();
        log.FillUp(1000);
        long last = log.Log.LastIndex;
        Assert.InRange(last, 12, 40);
        Assert.Equal(last, log.Log.DurableIndex);
        Assert.Throws<LogFullException>(() => log.Append(1, 1000));
        Assert.Equal(last, log.Log.LastIndex);
        Assert.Null(Reads(log));
        log.Save(5, 1);
        log.Idle();

        disk.Room += 20 << 10;
        log.FillUp(1000);
        Assert.True(log.Log.LastIndex > last);
        last = log.Log.LastIndex;
        log.Die();

        // Reopened while the disk is still full: all is there.
        log.Open();
        Assert.Equal(last, log.Log.LastIndex);
        Assert.Throws<LogFullException>(() => log.Groups(40, 1, 1000));
        Assert.Null(Reads(log));
        log.Compact(log.Flushed);
        log.Groups(6, 1, 1000);
        log.Die();
        disk.Room = long.MaxValue;
        log.Open();
        log.Groups(40, 1, 1000);
        log.Sync();
        Assert.True(log.Log.LastIndex >= last + 40);
        log.Die();
        Assert.Null(Survival.Differs(disk.Image.WithoutUnsynced(), options, log.Model));
    }

    // What a failed sync has written may be in the page cache alone: the next one would write over the only beginning on disk.
    [Fact]
    public void After_a_beginning_that_could_not_be_synced_no_other_is_written()
    {
        LogOptions options = LogScripts.SmallSegments;
        List<string> requests = [];
        using FakeDisk disk = new(options.SegmentSizeBytes);
        ScriptedLog log = new(disk, options);
        log.CallHelpersOnly();
        log.Open();
        log.Groups(14, 1, 2900);
        log.Sync();
        log.Compact(5);
        log.Compact(9);
        disk.Interferes = (operation, path) =>
        {
            bool isOfBeginning = Path.GetFileName(path) == "log-start" && operation is "write" or "sync";
            if (isOfBeginning)
            {
                requests.Add(operation);
            }

            return isOfBeginning && operation == "sync" ? new StorageFailedException(operation, path, new IOException("Refused.")) : null;
        };

        Assert.Throws<StorageFailedException>(log.Help);

        Assert.Equal(["write", "sync"], requests);
        Assert.Throws<StorageFailedException>(() => log.Groups(1, 1, 100));
        log.Die();
    }

    private void Sweep(string script, bool isFullDisk)
    {
        (LogOptions options, Action<ScriptedLog> run) = LogScripts.Find(script);
        List<string> requests = Requests(options, run);
        Assert.InRange(requests.Count, 20, 3000);
        List<string> violations = [];
        int refused = 0;
        for (int failing = isFullDisk ? 1 : Stride; failing <= requests.Count; failing += Stride)
        {
            if (isFullDisk && requests[failing - 1] is not ("create" or "write" or "sync" or "rename" or "directory sync"))
            {
                continue; // no matter of room
            }

            refused++;
            using FakeDisk disk = new(options.SegmentSizeBytes) { FailingCall = failing, RefusesForRoom = isFullDisk };
            if (Fail(disk, options, run, isSureToAsk: true) is { } violation)
            {
                violations.Add($"{script}, request {failing} of {requests.Count}, {disk.Refused}: {violation}");
            }
        }

        output.WriteLine($"{script}: {refused} requests");
        Assert.True(violations.Count == 0, string.Join(Environment.NewLine, violations));
    }

    private static List<string> Requests(LogOptions options, Action<ScriptedLog> run)
    {
        using FakeDisk disk = new(options.SegmentSizeBytes) { Requests = [] };
        ScriptedLog log = new(disk, options);
        run(log);
        log.Die();
        return disk.Requests;
    }

    private static string? Fail(FakeDisk disk, LogOptions options, Action<ScriptedLog> run, bool isSureToAsk)
    {
        ScriptedLog log = new(disk, options);
        string? goesWrong = null;
        bool isNoticed = true;
        try
        {
            run(log);
            if (isSureToAsk && disk.Refused is null)
            {
                return "the request was never made";
            }

            isNoticed = false;
        }
        catch (StorageFailedException e)
        {
            if (disk.Refused is null)
            {
                return $"failed without a refusal: {e.Message}";
            }

            // A disk that refuses once may work again: that is no reason to go on.
            goesWrong = log.IsOpen && !log.IsSavingHardState ? Stops(log) : null;
        }
        catch (LogFullException e)
        {
            if (disk.Refused is null)
            {
                return $"full without a refusal: {e.Message}";
            }

            goesWrong = log.IsOpen ? GoesOn(log, helpersCome: options.Scheduler is not IdleScheduler) : null;
        }

        log.Die();
        if (!isNoticed)
        {
            return Survival.Differs(disk.Image.WithoutUnsynced(), options, log.Model);
        }

        Random random = new(disk.Calls);
        return goesWrong
            ?? Survival.Differs(disk.Image.Clone(), options, log.Model)
            ?? Survival.Differs(disk.Image.WithoutUnsynced(), options, log.Model)
            ?? Survival.Differs(disk.Image.AfterPowerLoss(ChoiceSpace.Of(disk.Image, bySector: true).Sampled(random), bySector: true), options, log.Model);
    }

    // What is wrong with a log after a failure; null if it has stopped, and still can be read.
    private static string? Stops(ScriptedLog log)
    {
        long durable = log.Log.DurableIndex;
        foreach (Action use in (Action[])[
            () => log.Log.Append(EntryKind.Command, long.MaxValue, []),
            () => log.Log.AppendRun(log.Log.LastIndex + 1, log.Log.LastIndex + 1, long.MaxValue, []),
            log.Log.Flush,
            () => log.Log.Sync(log.Log.PrepareSync()),
            () => log.Log.Sync(default),
            () => log.Log.CompleteSync(default),
            () => log.Log.TruncateFrom(log.Log.FirstIndex),
            () => log.Log.CompactTo(log.Log.FirstIndex - 1),
            () => log.Log.Reset(log.Log.LastIndex, 1, 1),
            log.Log.WriteIdleMark])
        {
            try
            {
                use();
                return $"{use.Method.Name} still works";
            }
            catch (StorageFailedException)
            {
                // As it should be.
            }
        }

        return log.Log.DurableIndex != durable ? $"acknowledged to {log.Log.DurableIndex} after a failure at {durable}" : Reads(log);
    }

    // What is wrong with a log that was full for a moment; null if it goes on. A helper finds out whether there is room
    // again; no caller waits for that.
    private static string? GoesOn(ScriptedLog log, bool helpersCome)
    {
        try
        {
            log.AppendDurably(5, 2900);
            return log.Log.DurableIndex == log.Log.LastIndex ? Reads(log) : $"{log.Log.LastIndex} synced, {log.Log.DurableIndex} durable";
        }
        catch (LogFullException) when (!helpersCome)
        {
            return Reads(log);
        }
        catch (Exception e) when (e is LogFullException or StorageFailedException)
        {
            return $"it does not go on: {e.Message}";
        }
    }

    private static string? Reads(ScriptedLog log)
    {
        for (long index = log.Log.FirstIndex; index <= Math.Min(log.Model.Acknowledged, log.Log.LastIndex); index++)
        {
            if (!log.Log.Read(index).Payload.SequenceEqual(log.Model[index].Payload))
            {
                return $"record {index} cannot be read any more";
            }
        }

        return null;
    }
}
