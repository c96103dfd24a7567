using System;
using System.Collections.Generic;
using RaftEngine.Log;
using RaftEngine.Simulate.Disk;
using RaftEngine.Storage;
using RaftEngine.Tests.Log;
using RaftEngine.Tests.Storage;

namespace RaftEngine.Tests.Exploration;

/// <summary>Opens a damaged log and says what happened. Nothing may happen in silence: the damage is located, or makes no difference at all where it may make none.</summary>
internal static class Damage
{
    /// <summary>What happened.</summary>
    public enum Outcome
    {
        /// <summary>It was refused; the exception names the file and the place, and nothing was written.</summary>
        Refused,

        /// <summary>It was opened without a look at the records there; the scrubber has found the damage, and names the file and the place.</summary>
        Found,

        /// <summary>All records and the hard state are as they were, and what was damaged is whole again, or gone if it
        /// is not needed.</summary>
        NoEffect,

        /// <summary>The log ends before the damaged record, as if it had never been written in full.</summary>
        Cut,
    }

    /// <summary>Opens an image, and disposes it.</summary>
    /// <param name="log">The log as it was.</param>
    /// <param name="isTrusting">True to open sealed segments by their tables.</param>
    /// <param name="image">The log as it is.</param>
    /// <param name="error">How it was refused, or what the scrubber found; null if neither.</param>
    /// <param name="lastIndex">The last index found; 0 if it was refused.</param>
    /// <returns>What happened; an exception of this method says what must not happen.</returns>
    public static Outcome Open(FinishedLog log, bool isTrusting, DiskImage image, out LogCorruptedException? error, out long lastIndex)
    {
        List<object> journal = [];
        using FakeDisk disk = new(image) { Journal = journal };
        error = null;
        lastIndex = 0;
        try
        {
            DataDirectory data = DataDirectory.Open(disk.OpenDirectory(), FinishedLog.Options with { VerifyFromIndex = isTrusting ? long.MaxValue : 1 });
            error = Scrub(data.Log);
            string? difference = error is null ? (log.Model with { Acknowledged = 0 }).Differs(data) : null;
            lastIndex = data.Log.LastIndex;
            data.Abandon();
            difference ??= IsLeftDamaged(log, disk.Image);
            if (difference is not null)
            {
                throw new InvalidOperationException($"Silent: {difference}.");
            }

            RequireDifference(error);
            return error is not null ? Outcome.Found : lastIndex == log.Model.LastIndex ? Outcome.NoEffect : Outcome.Cut;
        }
        catch (LogCorruptedException e)
        {
            // Apart from syncs: a refused directory stays as it is, so that it can be examined.
            if (journal.Find(static entry => entry is DiskOperation { Kind: not (DiskOperation.Kinds.BeginSync or DiskOperation.Kinds.EndSync) }) is { } change)
            {
                throw new InvalidOperationException($"Refused, but only after: {change}.", e);
            }

            RequireDifference(e);
            error = e;
            return Outcome.Refused;
        }
        catch (Exception e) when (e is StorageFailedException or DataDirectoryException)
        {
            throw new InvalidOperationException("Refused, but not as damage.", e);
        }
    }

    private static void RequireDifference(LogCorruptedException? e)
    {
        if (e is not null && e.Expected == e.Actual)
        {
            throw new InvalidOperationException("Refused without saying what differs.", e);
        }
    }

    private static LogCorruptedException? Scrub(SegmentedLog log)
    {
        using LogScrubber scrubber = new(log, long.MaxValue, static _ => { }, "scrubber");
        try
        {
            for (long from = 0; log.FindSealed(from) is { } segment; from = segment.Next.FirstIndex)
            {
                scrubber.Verify(segment);
            }

            return null;
        }
        catch (LogCorruptedException e)
        {
            return e;
        }
    }

    // What keeps a copy of itself has two whole ones again; a table of offsets is what it was, or that of a segment that has been sealed since.
    private static string? IsLeftDamaged(FinishedLog log, DiskImage image)
    {
        Span<byte> slots = stackalloc byte[2 * HardStateRecord.SlotBytes];
        foreach (string file in image.Names.Keys)
        {
            ReadOnlySpan<byte> content = image.FileOf(file).Content;
            slots.Clear(); // what is missing of the zeros behind a slot is none of it
            content[..Math.Min(content.Length, slots.Length)].CopyTo(slots);
            if (file is HardStateFile.Name or LogStartFile.Name && !slots[..HardStateRecord.SlotBytes].SequenceEqual(slots[HardStateRecord.SlotBytes..]))
            {
                return $"{file} is left damaged";
            }

            if (OffsetTable.IsTable(file) && log.HasFile(file) && !content.SequenceEqual(log.ContentOf(file)))
            {
                return $"{file} is left damaged";
            }
        }

        return null;
    }
}
