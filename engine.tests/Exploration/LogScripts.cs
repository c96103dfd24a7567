using System;
using System.Collections.Generic;
using System.Globalization;
using RaftEngine.Log;
using RaftEngine.Tests.Log;

namespace RaftEngine.Tests.Exploration;

/// <summary>What a log goes through, in short scripts on small segments, so that every step of each can be a crash.</summary>
internal static class LogScripts
{
    public const string RandomPrefix = "random-";

    public static readonly LogOptions SmallSegments = new()
    {
        ClusterId = new Guid("11111111-2222-3333-4444-555555555555"),
        GroupId = 7,
        NodeId = 1,
        SegmentSizeBytes = 16 << 10,
        MaxPayloadBytes = 4 << 10,
        MaxUnsyncedBytes = 12 << 10,
        TimeProvider = new FrozenTime(),
        FullDiskRetryDelay = TimeSpan.Zero,
        Scheduler = InlineScheduler.Instance,
    };

    // The helpers either come at once or never: between the two lie all the orders that they may come in.
    private static readonly LogOptions LateHelpers = SmallSegments with { Scheduler = IdleScheduler.Instance };

    private static readonly LogOptions NoSpares = SmallSegments with { MaxSpareSegments = 0 };

    // Sealed segments are opened by their tables of offsets.
    private static readonly LogOptions Trusting = SmallSegments with { VerifyFromIndex = long.MaxValue };

    private static readonly LogOptions LargeSegments = SmallSegments with { SegmentSizeBytes = 64 << 10, MaxUnsyncedBytes = 48 << 10 };

    /// <summary>The scripts that somebody wrote, by name.</summary>
    public static IReadOnlyDictionary<string, (LogOptions Options, Action<ScriptedLog> Run)> All { get; } =
        new SortedDictionary<string, (LogOptions Options, Action<ScriptedLog> Run)>(StringComparer.Ordinal)
        {
            ["append-bounded"] = (LargeSegments with { MaxUnsyncedBytes = 6 << 10 }, AppendBounded),
            ["append-one"] = (SmallSegments, AppendOne),
            ["append-batches"] = (SmallSegments, AppendBatches),
            ["append-unbounded"] = (SmallSegments with { MaxUnsyncedBytes = 0 }, GroupsBeforeSync),
            ["append-wide"] = (LargeSegments, AppendWide),
            ["close"] = (SmallSegments, CloseAndReopen),
            ["compact"] = (NoSpares, CompactionScripts.Compact),
            ["compact-late"] = (LateHelpers, CompactionScripts.Compact),
            ["compact-trusting"] = (Trusting, CompactionScripts.Compact),
            ["compact-then-truncate"] = (SmallSegments, CompactionScripts.CompactThenTruncate),
            ["compact-then-truncate-late"] = (LateHelpers, CompactionScripts.CompactThenTruncate),
            ["compact-then-truncate-trusting"] = (Trusting with { VerifyFromIndex = 8, MaxSpareSegments = 0 }, CompactionScripts.CompactThenTruncate),
            ["full-disk"] = (SmallSegments, CompactionScripts.FullDisk),
            ["full-then-compact"] = (SmallSegments with { MaxLogBytes = 48 << 10 }, CompactionScripts.FullThenCompact),
            ["groups-before-sync"] = (SmallSegments, GroupsBeforeSync),
            ["hard-state"] = (SmallSegments, HardStateChanges),
            ["idle"] = (SmallSegments, IdleMarks),
            ["overlapped-sync"] = (SmallSegments, OverlappedSync),
            ["process-death"] = (SmallSegments, ProcessDeath),
            ["process-death-late"] = (LateHelpers, ProcessDeath),
            ["recycle"] = (SmallSegments, CompactionScripts.Recycle),
            ["recycle-torn"] = (SmallSegments, CompactionScripts.RecycleTorn),
            ["recycle-trusting"] = (Trusting, CompactionScripts.Recycle),
            ["reset-after-compaction"] = (SmallSegments, CompactionScripts.ResetAfterCompaction),
            ["reset-after-compaction-late"] = (LateHelpers, CompactionScripts.ResetAfterCompaction),
            ["reset-and-recycle"] = (SmallSegments with { MaxUnsyncedBytes = 6 << 10 }, CompactionScripts.ResetAndRecycle),
            ["reset-behind-the-end"] = (SmallSegments, CompactionScripts.ResetBehindTheEnd),
            ["reset-behind-the-end-late"] = (LateHelpers, CompactionScripts.ResetBehindTheEnd),
            ["reset-in-the-middle"] = (SmallSegments, CompactionScripts.ResetInTheMiddle),
            ["reset-in-the-middle-late"] = (LateHelpers, CompactionScripts.ResetInTheMiddle),
            ["roll"] = (SmallSegments, Roll),
            ["roll-late"] = (LateHelpers, Roll),
            ["roll-trusting"] = (Trusting, Roll),
            ["roll-twice"] = (SmallSegments, RollTwice),
            ["roll-twice-late"] = (LateHelpers, RollTwice),
            ["torn-tail"] = (SmallSegments, TornTails),
            ["truncate"] = (SmallSegments, Truncate),
            ["truncate-segments"] = (SmallSegments, TruncateSegments),
            ["truncate-segments-trusting"] = (Trusting, TruncateSegments),
            ["truncate-segments-late"] = (LateHelpers, TruncateSegments),
            ["truncate-wide"] = (LargeSegments, TruncateWide),
        };

    /// <summary>A script by its name; one that a seed writes is called random and the seed.</summary>
    public static (LogOptions Options, Action<ScriptedLog> Run) Find(string name)
    {
        if (!name.StartsWith(RandomPrefix, StringComparison.Ordinal))
        {
            return All[name];
        }

        int seed = int.Parse(name.AsSpan(RandomPrefix.Length), CultureInfo.InvariantCulture);
        LogOptions options = seed % 4 == 0 ? LargeSegments : SmallSegments;
        int bound = (seed % 5) switch
        {
            0 => 0,
            1 => 6 << 10,
            _ => options.MaxUnsyncedBytes,
        };
        options = options with
        {
            MaxUnsyncedBytes = bound,
            Scheduler = (seed & 2) == 0 ? InlineScheduler.Instance : IdleScheduler.Instance,
            MaxLogBytes = seed % 7 == 0 ? 4 * options.SegmentSizeBytes : 0,
            MaxSpareSegments = seed % 6 == 1 ? 0 : 2,
            VerifyFromIndex = (seed % 9) switch
            {
                1 => long.MaxValue,
                2 => 1 + (seed % 40),
                _ => 1,
            },
        };
        return (options, log => RandomScript.Run(log, seed));
    }

    private static void AppendOne(ScriptedLog log)
    {
        log.Open();
        log.Save(1, 1);
        log.AppendDurably(1, 0);
        log.AppendDurably(1, 24);
        log.AppendDurably(1, 4000);
        log.Append(1, 24);
        log.Die();
    }

    private static void AppendBatches(ScriptedLog log)
    {
        log.Open();
        for (int i = 0; i < 5; i++)
        {
            log.AppendDurably(9, 100 * (i % 3));
        }

        log.AppendDurably(2, 3000);
        log.Close();
    }

    private static void GroupsBeforeSync(ScriptedLog log)
    {
        log.Open();
        log.AppendDurably(2, 50);
        log.Groups(3, 2, 300);
        log.Sync();
        log.Groups(2, 1, 2500);
        log.Groups(2, 3, 40);
        log.Sync();
        log.Groups(1, 1, 50);
        log.Die();
    }

    private static void AppendWide(ScriptedLog log)
    {
        log.Open();
        log.AppendDurably(1, 100);
        log.Groups(1, 11, 3900);
        log.Sync();
        log.Groups(2, 1, 200);
        log.Close();
    }

    // The log syncs by itself where too much would be unsynced; recovery must not take what a crash leaves of it for more than a crash can take.
    private static void AppendBounded(ScriptedLog log)
    {
        log.Open();
        log.AppendDurably(1, 100);
        log.Groups(6, 2, 1400);
        log.Append(12, 900);
        log.Flush();
        log.Groups(2, 1, 4096);
        log.Truncate(20);
        log.Groups(3, 3, 1000);
        log.SyncWhile(() => log.Groups(3, 2, 1500));
        log.Groups(2, 2, 1500);
        log.Die();
    }

    private static void CloseAndReopen(ScriptedLog log)
    {
        for (int i = 0; i < 4; i++)
        {
            log.Open();
            log.AppendDurably(3, 500);
            log.Groups(i, 1, 700);
            log.Close();
        }
    }

    private static void HardStateChanges(ScriptedLog log)
    {
        log.Open();
        log.Save(1, 1);
        log.AppendDurably(1, 10);
        log.Save(2, 0);
        log.Save(2, 3);
        log.Groups(1, 2, 100);
        log.Save(5, 1);
        log.Close();
        log.Open();
        log.Save(6, 2);
        log.LosePower(1);
        log.Open();
        log.Save(7, 2);
        log.Die();
    }

    private static void IdleMarks(ScriptedLog log)
    {
        log.Open();
        for (int i = 0; i < 4; i++)
        {
            log.AppendDurably(3, 200);
            log.Idle();
            log.Idle();
            log.Groups(i % 2, 1, 1500);
        }

        log.Sync();
        log.Idle();
        log.Die();
    }

    private static void OverlappedSync(ScriptedLog log)
    {
        log.Open();
        log.Groups(1, 3, 300);
        log.SyncWhile(() => log.Groups(2, 2, 400));
        log.SyncWhile(() => log.Groups(1, 1, 3000));
        log.Groups(1, 2, 30);
        log.SyncWhile(log.Idle);
        log.Groups(1, 2, 30);
        log.SyncWhile(() => log.Truncate(6));
        log.Groups(1, 1, 1000);
        log.SyncWhile(() => log.Groups(5, 1, 2000)); // rolls
        log.Sync();
        log.Die();
    }

    private static void ProcessDeath(ScriptedLog log)
    {
        log.Open();
        log.Groups(1, 2, 100);
        log.Die();
        log.Open();
        log.AppendDurably(2, 2500);
        log.Groups(2, 1, 1000);
        log.Die();
        log.Open();
        log.Truncate(4);
        log.Groups(1, 2, 3000);
        log.Die();
        log.Open();
        log.Groups(1, 2, 3000); // rolls
        log.Die();
        log.Open();
        log.Close();
    }

    private static void Roll(ScriptedLog log)
    {
        log.Open();
        log.Save(1, 1);
        log.Groups(5, 2, 1400);
        log.Sync();
        log.Groups(5, 2, 1400);
        log.Append(9, 2000); // rolls in the middle of a batch
        log.Flush();
        log.Close();
        log.Open();
        log.AppendDurably(3, 3500);
        log.Die();
    }

    private static void RollTwice(ScriptedLog log)
    {
        log.Open();
        log.Groups(3, 1, 2500);
        log.Groups(1, 1, 500);
        log.Sync();
        log.Groups(2, 1, 2500); // rolls
        log.Truncate(5);
        log.Append(1, 30);
        log.Close();
        log.Open();
        log.Groups(1, 1, 2500);
        log.Die();
        log.Open();
        log.Groups(4, 1, 2500);
        log.Die();
    }

    private static void TornTails(ScriptedLog log)
    {
        log.Open();
        log.AppendDurably(2, 200);
        for (int seed = 1; seed <= 8; seed++)
        {
            log.Groups(1, 2, 900);
            log.Groups(1, 1, 50 * seed);
            log.LosePower(seed);
            log.Open();
            log.AppendDurably(1, 100 * (seed % 4));
        }

        log.Die();
    }

    private static void Truncate(ScriptedLog log)
    {
        log.Open();
        log.AppendDurably(12, 200);
        log.Idle();
        log.Truncate(12);
        log.AppendDurably(1, 200);
        log.Truncate(5);
        log.Groups(1, 8, 200);
        log.Truncate(7);
        log.Groups(2, 1, 700);
        log.Sync();
        log.Idle();
        log.Append(3, 20);
        log.Truncate(11);
        log.Truncate(1);
        log.Append(1, 20);
        log.Close();
        log.Open();
        log.Truncate(1);
        log.LosePower(3);
        log.Open();
        log.AppendDurably(2, 100);
        log.Die();
    }

    private static void TruncateSegments(ScriptedLog log)
    {
        log.Open();
        log.Groups(12, 1, 3000);
        log.Truncate(8);
        log.AppendDurably(3, 2000);
        log.Groups(4, 1, 3500);
        log.Truncate(7); // a segment's first index
        log.AppendDurably(2, 900);
        log.Groups(5, 1, 3900);
        log.Sync();
        log.Idle();
        log.Truncate(2);
        log.Groups(3, 1, 100);
        log.Sync();
        log.Die();
        log.Open();
        log.Groups(4, 1, 3900);
        log.Truncate(1);
        log.AppendDurably(1, 10);
        log.Die();
    }

    private static void TruncateWide(ScriptedLog log)
    {
        log.Open();
        log.AppendDurably(10, 4000);
        log.Idle();
        log.Truncate(2);
        log.AppendDurably(2, 1000);
        log.Groups(3, 2, 4000);
        log.Truncate(5);
        log.Groups(1, 2, 100);
        log.Die();
    }
}
