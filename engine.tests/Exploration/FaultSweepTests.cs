using System;
using System.Collections.Generic;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Storage;
using RaftEngine.Tests.Storage;
using Xunit;

namespace RaftEngine.Tests.Exploration;

/// <summary>Whichever request the disk refuses: nothing is acknowledged afterwards, what is there can be read, and reopening finds everything that was acknowledged.</summary>
public sealed class FaultSweepTests
{
    public static TheoryData<string> Scripts =>
        ["append-batches", "close", "groups-before-sync", "hard-state", "idle", "overlapped-sync", "process-death", "roll", "roll-late", "roll-twice", "truncate", "truncate-segments"];

    [Theory]
    [MemberData(nameof(Scripts))]
    public void Whichever_request_is_refused_the_log_stops_and_reopens_with_all_that_was_acknowledged(string script)
    {
        (int calls, int backgroundCalls) = CountCalls(script);
        Assert.InRange(calls, 20, 2000);
        List<string> violations = [];
        for (int failing = 1; failing <= calls + backgroundCalls; failing++)
        {
            using FakeDisk disk = new(LogScripts.All[script].Options.SegmentSizeBytes)
            {
                FailingCall = failing <= calls ? failing : 0,
                FailingBackgroundCall = Math.Max(0, failing - calls),
            };
            if (Fail(disk, script) is { } violation)
            {
                violations.Add($"request {failing} of {calls} + {backgroundCalls}, {disk.Refused}: {violation}");
            }
        }

        Assert.Empty(violations);
    }

    [Fact]
    public void A_full_disk_is_a_storage_failure_and_the_log_goes_on_once_there_is_room_and_it_is_reopened()
    {
        LogOptions options = LogScripts.SmallSegments;
        using FakeDisk disk = new(options.SegmentSizeBytes) { Room = 50 << 10 };
        ScriptedLog log = new(disk, options);
        log.Open();
        StorageFailedException e = Assert.Throws<StorageFailedException>(() => log.Groups(40, 1, 1000));
        Assert.Equal("write", e.Operation);
        Assert.Null(Stops(log));
        log.Die();

        // Reopened while the disk is still full: all is there, and there is room in the last segment or there is not.
        log.Open();
        Assert.Null(log.Model.Differs(log.Data));
        long last = log.Log.LastIndex;
        Assert.InRange(last, 22, 40);
        Assert.Throws<StorageFailedException>(() => log.Groups(40, 1, 1000));
        log.Die();
        disk.Room = long.MaxValue;
        log.Open();
        log.Groups(40, 1, 1000);
        log.Sync();
        Assert.True(log.Log.LastIndex >= last + 40);
        log.Die();
        Assert.Null(Survival.Differs(disk.Image.WithoutUnsynced(), options, log.Model));
    }

    private static (int Calls, int BackgroundCalls) CountCalls(string script)
    {
        using FakeDisk disk = new(LogScripts.All[script].Options.SegmentSizeBytes);
        ScriptedLog log = new(disk, LogScripts.All[script].Options);
        LogScripts.All[script].Run(log);
        log.Die();
        return (disk.Calls, disk.BackgroundCalls);
    }

    private static string? Fail(FakeDisk disk, string script)
    {
        (LogOptions options, Action<ScriptedLog> run) = LogScripts.All[script];
        ScriptedLog log = new(disk, options);
        try
        {
            run(log);
            return disk.Refused is null ? "the request was never made" : null; // what was prepared in vain, say
        }
        catch (StorageFailedException e)
        {
            if (disk.Refused is null)
            {
                return $"failed without a refusal: {e.Message}";
            }
        }

        // A disk that refuses once may work again: that is no reason to go on.
        string? goesOn = log.IsOpen && !log.IsSavingHardState ? Stops(log) : null;
        log.Die();
        return goesOn
            ?? Survival.Differs(disk.Image.Clone(), options, log.Model)
            ?? Survival.Differs(disk.Image.WithoutUnsynced(), options, log.Model)
            ?? Survival.Differs(disk.Image.AfterPowerLoss(ChoiceSpace.Of(disk.Image, bySector: true).Sampled(new Random(disk.Calls)), bySector: true), options, log.Model);
    }

    // What is wrong with a log after a failure; null if it has stopped, and still can be read.
    private static string? Stops(ScriptedLog log)
    {
        long durable = log.Log.DurableIndex;
        foreach (Action use in (Action[])[
            () => log.Log.Append(EntryKind.Command, long.MaxValue, []),
            log.Log.Flush,
            () => log.Log.Sync(log.Log.PrepareSync()),
            () => log.Log.CompleteSync(default),
            () => log.Log.TruncateFrom(1),
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

        if (log.Log.DurableIndex != durable)
        {
            return $"acknowledged to {log.Log.DurableIndex} after a failure at {durable}";
        }

        for (long index = log.Log.FirstIndex; index <= log.Model.Acknowledged; index++)
        {
            if (!log.Log.Read(index).Payload.SequenceEqual(log.Model[index].Payload))
            {
                return $"record {index} can not be read any more";
            }
        }

        return null;
    }
}
