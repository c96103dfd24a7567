using System;
using System.Collections.Generic;
using System.Linq;
using RaftEngine.Log;
using RaftEngine.Simulate.Disk;
using RaftEngine.Tests.Storage;
using Xunit;

namespace RaftEngine.Tests.Exploration;

/// <summary>Term and vote, and where the log begins, survive even a disk that does not write a sector as a whole: what was being written when the power
/// failed may be lost altogether.</summary>
public sealed class SpoiledSlotTests
{
    [Fact]
    public void A_loss_of_power_that_spoils_every_sector_being_written_leaves_one_slot_of_the_hard_state_whole() => Spoil(
        HardStateFile.Name,
        4 * 2 * 2, // of each save both slots, while written and while synced
        static log => log.Open(),
        static log =>
        {
            for (long term = 1; term <= 4; term++)
            {
                log.Save(term, (ulong)term % 3);
            }
        });

    [Fact]
    public void A_loss_of_power_that_spoils_every_sector_being_written_leaves_one_slot_of_the_logs_beginning_whole() => Spoil(
        LogStartFile.Name,
        4 * 2 * 2, // of three compactions and a reset
        static log =>
        {
            log.Open();
            log.Groups(14, 1, 2900);
            log.Sync();
        },
        static log =>
        {
            log.Compact(4);
            log.Compact(8);
            log.Compact(12);
            log.Reset(40, 3, 0x40);
        });

    private static void Spoil(string file, int times, Action<ScriptedLog> prepare, Action<ScriptedLog> change)
    {
        List<object> journal = [];
        using ScriptedLog log = new(new FakeDisk(LogScripts.SmallSegments.SegmentSizeBytes) { Journal = journal }, LogScripts.SmallSegments);
        prepare(log);
        int made = journal.Count;
        change(log);

        using DiskImage image = new(LogScripts.SmallSegments.SegmentSizeBytes);
        LogModel model = LogModel.New(LogScripts.SmallSegments);
        int spoiled = 0;
        for (int i = 0; i < journal.Count; i++)
        {
            if (journal[i] is LogModel noted)
            {
                model = noted;
                continue;
            }

            image.Apply((DiskOperation)journal[i]);
            if (i >= made && Spoiled(image, file) is { } left)
            {
                spoiled++;
                Assert.Null(Survival.Differs(left, LogScripts.SmallSegments, model));
            }
        }

        Assert.Equal(times, spoiled);
    }

    private static DiskImage? Spoiled(DiskImage image, string file)
    {
        DiskImage left = image.WithoutUnsynced();
        DiskFile before = image.FileOf(file);
        int[] dirty = [.. Enumerable.Range(0, before.Pages).Where(page => before.VersionsOf(page) is not null)];
        foreach (int page in dirty)
        {
            left.FileOf(file).Content.Slice(page * DiskFile.PageBytes, DiskFile.SectorBytes).Fill(0xEE);
        }

        if (dirty.Length != 0)
        {
            return left;
        }

        left.Dispose();
        return null;
    }
}
