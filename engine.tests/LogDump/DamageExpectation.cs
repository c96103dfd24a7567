using System;
using System.Collections.Generic;
using System.Linq;
using RaftEngine.Log;
using RaftEngine.Snapshots;
using RaftEngine.Tests.Exploration;

namespace RaftEngine.Tests.LogDump;

/// <summary>What a verification must say of a damage, from the layout alone.</summary>
/// <param name="IsDamage">True if it must be called damage.</param>
internal sealed record DamageExpectation(bool IsDamage)
{
    private static readonly DamageExpectation NoEffect = new(false);

    /// <summary>The file that must be named; null if it is no damage.</summary>
    public string? File { get; init; }

    /// <summary>True if the file must be called missing.</summary>
    public bool IsMissing { get; init; }

    /// <summary>The least and the most offset that may be named.</summary>
    public (long Least, long Most) Offset { get; init; } = (0, long.MaxValue);

    /// <summary>The record's index that must be named; null for any.</summary>
    public long? Index { get; init; }

    /// <summary>With which index the log must end that is no damage; 0 for as before.</summary>
    public long LastIndex { get; init; }

    /// <summary>True if every command that reads the whole log must meet it.</summary>
    public bool IsOfTheLog { get; init; } = true;

    /// <summary>What is expected of a damage to a log whose layout is known.</summary>
    public static DamageExpectation Of(FinishedLog log, DamagedCopy damage) =>
        damage.File == HardStateFile.Name ? OfSlots(damage, HardStateRecord.SlotBytes, isNeeded: true)
        : damage.File == LogStartFile.Name ? OfLogStart(log, damage)
        : damage.File.EndsWith(SegmentFormat.Extension, StringComparison.Ordinal) ? OfSegment(log, damage)
        : damage.File.EndsWith(SnapshotFormat.Extension, StringComparison.Ordinal) ? OfSnapshot(log, damage)
        : NoEffect; // tables are made anew, prepared files hold nothing, the lock is a name

    private static DamageExpectation OfLogStart(FinishedLog log, DamagedCopy damage)
    {
        bool hasAll = log.Records.Keys.First() == 1;
        return damage.After is null && !hasAll ? Missing(damage.File)
            : OfSlots(damage, 4096, isNeeded: damage.After is not null);
    }

    // A slot is zero behind its checksum; what is cut off reads as zero. One of the two is enough.
    private static DamageExpectation OfSlots(DamagedCopy damage, int slotBytes, bool isNeeded)
    {
        bool isSpoiled = damage.FirstDifference(0, slotBytes, isMissingZero: damage.After is not null) >= 0
            && damage.FirstDifference(slotBytes, 2 * slotBytes, isMissingZero: damage.After is not null) >= 0;
        return !isSpoiled || !isNeeded ? NoEffect : damage.After is null ? Missing(damage.File)
            : At(damage.File, 0, long.MaxValue, null);
    }

    private static DamageExpectation OfSnapshot(FinishedLog log, DamagedCopy damage) =>
        damage.After is null
            ? log.Records.Keys.First() == 1 ? NoEffect : new DamageExpectation(true) { File = LogStartFile.Name, Index = null, IsOfTheLog = false }
            : damage.After.AsSpan().SequenceEqual(damage.Before) ? NoEffect
            : new DamageExpectation(true) { File = damage.File, IsOfTheLog = false };

    private static DamageExpectation OfSegment(FinishedLog log, DamagedCopy damage)
    {
        int place = log.Segments.IndexOf(damage.File);
        bool isLast = place == log.Segments.Count - 1;
        KeyValuePair<long, (string File, int Start, int End)>[] records = [.. log.Records.Where(record => record.Value.File == damage.File)];
        if (damage.After is null)
        {
            return Missing(damage.File);
        }

        if (damage.After.Length != damage.Before.Length)
        {
            return At(damage.File, 0, SegmentFormat.HeaderBytes + (long)damage.Before.Length, 0);
        }

        if (damage.FirstDifference(0, SegmentFormat.ChainSeedOffset) >= 0)
        {
            return At(damage.File, 0, SegmentFormat.ChainSeedOffset - 1, 0);
        }

        if (damage.FirstDifference(SegmentFormat.ChainSeedOffset, SegmentFormat.HeaderBytes) >= 0)
        {
            return At(damage.File, SegmentFormat.ChainSeedOffset, SegmentFormat.ChainSeedOffset, 0);
        }

        int end = log.EndOf(damage.File);
        bool hasMark = damage.FirstDifference(end, end + TailMark.SizeInBytes) < 0;
        int first = damage.FirstDifference(SegmentFormat.HeaderBytes, end);
        if (first < 0)
        {
            return isLast || hasMark || log.IsLastSealed(damage.File) ? NoEffect : At(damage.File, end, end, null);
        }

        (long index, (_, int start, _)) = records.First(record => first < record.Value.End);
        return !isLast || (hasMark && index < log.FirstUnclaimed) ? At(damage.File, start, start, index) : NoEffect with { LastIndex = index - 1 };
    }

    private static DamageExpectation Missing(string file) => new(true) { File = file, IsMissing = true };

    private static DamageExpectation At(string file, long least, long most, long? index) => new(true) { File = file, Offset = (least, most), Index = index };
}
