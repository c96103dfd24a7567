using System.Collections.Generic;
using System.Linq;
using RaftEngine.Log;
using RaftEngine.Tests.Storage;
using Xunit;

namespace RaftEngine.Tests.Exploration;

/// <summary>Term and vote survive even a disk that does not write a sector as a whole: what was being written when the power failed may be lost altogether.</summary>
public sealed class SpoiledSlotTests
{
    [Fact]
    public void A_loss_of_power_that_spoils_every_sector_being_written_leaves_one_slot_whole()
    {
        List<object> journal = [];
        using ScriptedLog log = new(new FakeDisk(LogScripts.SmallSegments.SegmentSizeBytes) { Journal = journal }, LogScripts.SmallSegments);
        log.Open();
        int made = journal.Count;
        for (long term = 1; term <= 4; term++)
        {
            log.Save(term, (ulong)term % 3);
        }

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
            if (i >= made && Spoil(image) is { } left)
            {
                spoiled++;
                Assert.Null(Survival.Differs(left, LogScripts.SmallSegments, model));
            }
        }

        Assert.Equal(4 * 2 * 2, spoiled); // of each save both slots, while written and while synced
    }

    private static DiskImage? Spoil(DiskImage image)
    {
        DiskImage left = image.WithoutUnsynced();
        DiskFile before = image.FileOf(HardStateFile.Name);
        int[] dirty = [.. Enumerable.Range(0, before.Pages).Where(page => before.VersionsOf(page) is not null)];
        foreach (int page in dirty)
        {
            left.FileOf(HardStateFile.Name).Content.Slice(page * DiskFile.PageBytes, DiskFile.SectorBytes).Fill(0xEE);
        }

        if (dirty.Length != 0)
        {
            return left;
        }

        left.Dispose();
        return null;
    }
}
