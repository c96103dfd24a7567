using System;
using RaftEngine.Log;

namespace RaftEngine.Tests.Exploration;

/// <summary>How a log gives up its beginning, or all of it for a snapshot, how its files live twice, and how it meets a full disk.</summary>
internal static class CompactionScripts
{
    public static void Compact(ScriptedLog log)
    {
        log.Open();
        log.Save(1, 1);
        log.Groups(10, 1, 2900);
        log.Sync();
        log.Compact(3); // less than a segment
        log.Compact(5);
        log.AppendDurably(2, 2900);
        log.Groups(2, 1, 100);
        log.Compact(log.Flushed);
        log.AppendDurably(1, 50);
        log.Close();
        log.Open();
        log.Groups(9, 1, 2900);
        log.Compact(log.Flushed - 3);
        log.LosePower(5);
        log.Open();
        log.Compact(log.Flushed);
        log.AppendDurably(1, 1000);
        log.Die();
        log.Open();
        log.Die();
    }

    public static void CompactThenTruncate(ScriptedLog log)
    {
        log.Open();
        log.Groups(14, 1, 2900);
        log.Sync();
        log.Compact(6);
        log.Truncate(11); // in a segment that was sealed
        log.AppendDurably(1, 500);
        log.Groups(6, 1, 2900);
        log.Compact(9);
        log.Truncate(log.Log.FirstIndex); // nothing is left
        log.AppendDurably(3, 700);
        log.Truncate(log.Log.FirstIndex + 1);
        log.Die();
        log.Open();
        log.Groups(5, 1, 2900);
        log.Sync();
        log.Compact(log.Flushed);
        log.Truncate(log.Log.FirstIndex);
        log.Die();
        log.Open();
        log.AppendDurably(1, 10);
        log.Die();
    }

    // Files full of old records and marks are written again, in smaller steps, so that the old ones stand behind the new ones for long.
    public static void Recycle(ScriptedLog log)
    {
        log.Open();
        log.Groups(9, 2, 1400);
        log.Sync();
        log.Idle();
        log.Compact(log.Flushed);
        log.Groups(4, 1, 2900); // into a file that was a segment
        log.AppendDurably(1, 1400);
        log.Groups(2, 1, 1400);
        log.AppendDurably(2, 24);
        log.Idle();
        log.Groups(3, 2, 1400);
        log.Sync();
        log.Compact(log.Flushed);
        log.Groups(8, 1, 1400);
        log.Truncate(log.Log.LastIndex - 4);
        log.AppendDurably(2, 1400);
        log.Append(5, 2900); // rolls, and no file is prepared yet for the next time
        log.Compact(log.Flushed);
        log.Flush();
        log.Groups(5, 1, 2900);
        log.Die();
    }

    // Each loss of power comes while the records at the end of a recycled file are not synced.
    public static void RecycleTorn(ScriptedLog log)
    {
        log.Open();
        for (int seed = 1; seed <= 4; seed++)
        {
            log.Groups(8, 2, 1400);
            log.Sync();
            log.Compact(log.Flushed);
            log.Groups(4, 2, 1400);
            log.Sync();
            log.Groups(seed, 1, 300 * seed);
            log.LosePower(seed);
            log.Open();
            log.AppendDurably(1, 100 * seed);
        }

        log.Die();
    }

    public static void ResetBehindTheEnd(ScriptedLog log)
    {
        log.Open();
        log.Save(2, 1);
        log.Groups(6, 1, 2900);
        log.Sync();
        log.Append(1, 100); // and never written
        log.Save(5, 0);
        log.Reset(100, 4, 0x1234_5678_9ABC_DEF0);
        log.Save(5, 2);
        log.AppendDurably(2, 500);
        log.Groups(5, 1, 2900);
        log.Sync();
        log.Compact(103);
        log.Close();
        log.Open();
        log.Reset(log.Log.LastIndex + 1, 9, 0x77);
        log.Die();
        log.Open();
        log.AppendDurably(1, 10);
        log.Die();
    }

    public static void ResetInTheMiddle(ScriptedLog log)
    {
        log.Open();
        log.Groups(11, 1, 2900);
        log.Sync();
        log.Reset(6, 8, 0x66);
        log.AppendDurably(1, 2900);
        log.Groups(8, 1, 2900);
        log.Reset(10, 9, 0x10); // a segment begins behind it
        log.AppendDurably(3, 200);
        log.Reset(log.Log.LastIndex, log.Log.TermAt(log.Log.LastIndex), log.Log.ChainAt(log.Log.LastIndex));
        log.Groups(1, 1, 700);
        log.Reset(log.Log.FirstIndex - 1, 20, 0x20); // where it begins already
        log.LosePower(2);
        log.Open();
        log.Groups(1, 2, 700);
        log.Die();
    }

    // Into a recycled file, with an unfinished roll and an unfinished compaction.
    public static void ResetAfterCompaction(ScriptedLog log)
    {
        log.Open();
        log.Groups(10, 1, 2900);
        log.Sync();
        log.Compact(log.Flushed);
        log.Groups(3, 1, 2900);
        log.Reset(50, 3, 0x50);
        log.Groups(2, 2, 1400);
        log.Sync();
        log.Groups(4, 1, 2900);
        log.Reset(log.Log.FirstIndex, 30, 0x30);
        log.AppendDurably(2, 900);
        log.Die();
        log.Open();
        log.Groups(3, 1, 2900);
        log.Die();
    }

    // Spare files are full of small records that are valid by themselves, and all of them from before the log's beginning.
    public static void ResetAndRecycle(ScriptedLog log)
    {
        log.Open();
        log.Groups(6, 80, 24);
        log.Sync();
        log.Compact(log.Flushed);
        log.Reset(log.Log.FirstIndex - 1, 5, 0x5);
        log.Groups(4, 1, 2900);
        log.Sync();
        log.Groups(2, 1, 1400); // into a file that was a segment
        log.Sync();
        log.Groups(2, 2, 1400);
        log.LosePower(1);
        log.Open();
        log.Groups(2, 2, 1400);
        log.Die();
    }

    public static void FullThenCompact(ScriptedLog log)
    {
        log.Open();
        log.FillUp(2900);
        log.AppendDurably(1, 10); // there may be room for a small one
        log.Compact(log.Flushed);
        log.FillUp(2900);
        log.Compact(log.Flushed - 5);
        log.AppendDurably(1, 2900);
        log.Close();
        log.Open();
        log.FillUp(2900);
        log.Compact(log.Flushed);
        log.AppendDurably(1, 2900);
        log.Die();
    }

    public static void FullDisk(ScriptedLog log)
    {
        log.Open();
        log.Groups(3, 1, 2900);
        log.Disk.Room = 0;
        log.FillUp(2900);
        log.Idle();
        log.Die();
        log.Open(); // full as it is
        log.FillUp(2900);
        log.Compact(log.Flushed);
        log.FillUp(2900);
        log.Truncate(log.Log.LastIndex - 1);
        log.Disk.Room = long.MaxValue;
        log.Groups(7, 1, 2900);
        log.Disk.Room = 0;
        log.Compact(log.Flushed);
        log.FillUp(2900);
        log.Save(9, 1);
        log.Close();
    }
}
