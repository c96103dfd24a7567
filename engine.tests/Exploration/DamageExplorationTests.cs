using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Outcome = RaftEngine.Tests.Exploration.Damage.Outcome;
using RaftEngine.Log;
using RaftEngine.Simulate.Disk;
using RaftEngine.Tests.Storage;
using Xunit;
using Xunit.Abstractions;

namespace RaftEngine.Tests.Exploration;

/// <summary>
/// Every byte of every file of a log, each bit turned over, set to 00 and to FF; every file cut to every length. By default what carries meaning gets
/// some of these at every byte, and payloads and slack at a sample; RAFTENGINE_DAMAGE=all does all of it.
/// </summary>
/// <remarks>
/// Each log is opened in two ways: with every record verified, and with the sealed segments trusted. Then a damaged record there is not looked at, and it
/// is the scrubber who finds it; header, final mark and continuation are held to as ever. Slack, where damage makes no difference, is
/// <list type="bullet">
/// <item>in the last segment, the last mark and what is behind it: without the mark only the knowledge is lost that it carried;</item>
/// <item>in a sealed segment, what is behind its seal; and the seal itself, if the next segment is the last: a crash
/// may have come before it;</item>
/// <item>in the hard state and the log's beginning, either one of the slots: the other has the same, and the spoiled one is written anew;</item>
/// <item>a table of offsets: it is made anew from the records;</item>
/// <item>a prepared file, unless the log's last records are in it;</item>
/// <item>the lock file, which stands for a lock by its name alone.</item>
/// </list>
/// What was written but no mark vouches for yet, the last group of a process that died or the file that a roll had not finished, cannot be told from a
/// torn write: it is cut there.
/// </remarks>
public sealed class DamageExplorationTests(ITestOutputHelper output)
{
    private static readonly bool IsComplete = Environment.GetEnvironmentVariable("RAFTENGINE_DAMAGE") == "all";

    public static TheoryData<string, bool> Logs
    {
        get
        {
            TheoryData<string, bool> logs = [];
            foreach (string kind in Enum.GetNames<FinishedLog.Kinds>())
            {
                logs.Add(kind, false);
                logs.Add(kind, true);
            }

            return logs;
        }
    }

    [Theory]
    [MemberData(nameof(Logs))]
    public void No_byte_of_any_file_can_be_damaged_in_silence(string kind, bool isTrusting)
    {
        using FinishedLog log = Make(kind);
        List<(string File, int Offset, byte Value)> cases = [];
        foreach (string file in log.Files)
        {
            byte[] content = log.ContentOf(file);
            for (int offset = 0; offset < content.Length; offset++)
            {
                cases.AddRange(Values(log, file, content[offset], offset).Select(value => (file, offset, value)));
            }
        }

        Dictionary<Outcome, int> outcomes = Explore(
            log,
            isTrusting,
            cases,
            static (image, damage) => image.FileOf(damage.File).Content[damage.Offset] = damage.Value,
            damage => ExpectedOfByte(log, isTrusting, damage.File, damage.Offset),
            static damage => $"{damage.File}, offset {damage.Offset}, made 0x{damage.Value:x2}");
        Assert.True(outcomes[Outcome.Refused] > 500);
        Assert.Equal(log.FirstUnclaimed <= log.Model.LastIndex, outcomes.ContainsKey(Outcome.Cut));
        Assert.Equal(isTrusting && log.Files.Any(OffsetTable.IsTable), outcomes.ContainsKey(Outcome.Found));
    }

    [Theory]
    [MemberData(nameof(Logs))]
    public void No_file_can_be_cut_short_or_grow_in_silence(string kind, bool isTrusting)
    {
        using FinishedLog log = Make(kind);
        List<(string File, int Length)> cases = [];
        foreach (string file in log.Files.Where(static file => file != DataDirectory.LockName))
        {
            int whole = log.ContentOf(file).Length;
            cases.AddRange(Enumerable.Range(0, whole + 2).Where(length => length != whole && IsTried(length, whole)).Select(length => (file, length)));
        }

        Explore(
            log,
            isTrusting,
            cases,
            (image, damage) =>
            {
                byte[] changed = new byte[damage.Length];
                byte[] content = log.ContentOf(damage.File);
                content.AsSpan(0, Math.Min(damage.Length, content.Length)).CopyTo(changed);
                image.Put(damage.File, changed);
            },
            damage => ExpectedOfLength(log, damage.File, damage.Length),
            static damage => $"{damage.File}, {damage.Length} bytes");
    }

    [Theory]
    [MemberData(nameof(Logs))]
    public void A_missing_file_is_missed(string kind, bool isTrusting)
    {
        using FinishedLog log = Make(kind);
        foreach (string file in log.Files)
        {
            // A seal tells that another segment came behind it. A log that has its first record needs no other evidence
            // to say where it begins.
            int place = log.Segments.IndexOf(file);
            Outcome expected = place >= 0 ? (SegmentFactory.IsPrepared(file) ? Outcome.Cut : Outcome.Refused)
                : file == HardStateFile.Name || (file == LogStartFile.Name && log.Model.FirstIndexes[0] > 1) ? Outcome.Refused
                : Outcome.NoEffect;
            DiskImage image = log.Copy();
            image.Remove(file);
            Outcome outcome = Damage.Open(log, isTrusting, image, out LogCorruptedException? error, out long lastIndex);
            Assert.Equal((file, expected), (file, outcome));
            Assert.Equal(expected == Outcome.Refused, error is not null);
            Assert.True(outcome != Outcome.Cut || log.Records[lastIndex].File == log.Segments[place - 1]);
        }
    }

    [Fact]
    public void The_lock_is_its_name_and_not_its_content()
    {
        using FinishedLog log = new();
        Assert.Empty(log.ContentOf(DataDirectory.LockName));
        DiskImage image = log.Copy();
        image.Put(DataDirectory.LockName, [1, 2, 3]);
        Assert.Equal(Outcome.NoEffect, Damage.Open(log, isTrusting: false, image, out _, out _));
    }

    private static FinishedLog Make(string kind)
    {
        FinishedLog log = new(Enum.Parse<FinishedLog.Kinds>(kind));
        Assert.Equal(log.Kind == FinishedLog.Kinds.Interrupted ? 4 : 3, log.Segments.Count);
        Assert.Equal(log.Model.LastIndex, log.Records.Keys.Last());
        Assert.Equal(log.Kind == FinishedLog.Kinds.Interrupted, SegmentFactory.IsPrepared(log.ActiveFile));
        Assert.Equal(log.Kind == FinishedLog.Kinds.Recycled, log.Model.FirstIndexes[0] > 1);
        return log;
    }

    private Dictionary<Outcome, int> Explore<T>(
        FinishedLog log, bool isTrusting, List<T> cases, Action<DiskImage, T> damage, Func<T, Expectation> expected, Func<T, string> name)
    {
        Dictionary<Outcome, int> outcomes = [];
        SortedDictionary<int, string> violations = [];
        Parallel.For(0, cases.Count, new ParallelOptions { MaxDegreeOfParallelism = 2 }, i =>
        {
            DiskImage image = log.Copy();
            damage(image, cases[i]);
            Outcome outcome = default;
            string? violation;
            try
            {
                outcome = Damage.Open(log, isTrusting, image, out LogCorruptedException? error, out long lastIndex);
                violation = expected(cases[i]).Differs(outcome, error, lastIndex);
            }
            catch (InvalidOperationException e)
            {
                violation = $"{e.Message} {e.InnerException?.Message}";
            }

            lock (outcomes)
            {
                outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;
                if (violation is not null)
                {
                    violations[i] = $"{name(cases[i])}: {violation}";
                }
            }
        });
        string counts = string.Join(", ", outcomes.Select(static outcome => $"{outcome.Key}: {outcome.Value}"));
        output.WriteLine($"{log.Kind}, {(isTrusting ? "trusting" : "verifying")}: {cases.Count} cases: {counts}");
        Assert.True(violations.Count == 0, string.Join(Environment.NewLine, violations.Values.Take(20)));
        return outcomes;
    }

    private static bool IsTried(int length, int whole) => IsComplete || length <= 130 || length >= whole - 2 || length % 509 == 0 || length % 512 is 0 or 1 or 511;

    private static IEnumerable<byte> Values(FinishedLog log, string file, byte original, int offset)
    {
        bool isHeader = log.Kind == FinishedLog.Kinds.Closed && log.Segments.Contains(file) && offset is < 80 or >= 4080 and < SegmentFormat.HeaderBytes + 64;
        bool isAll = IsComplete || isHeader;
        if (!isAll && !IsDense(log, file, offset) && offset % 29 != 0)
        {
            yield break;
        }

        for (int bit = 0; bit < 8; bit++)
        {
            if (isAll || bit == offset % 8)
            {
                yield return (byte)(original ^ (1 << bit));
            }
        }

        if (original != 0 && (isAll || offset % 2 == 0))
        {
            yield return 0;
        }

        if (original != 0xFF && (isAll || offset % 2 == 1))
        {
            yield return 0xFF;
        }
    }

    // What is no payload and no slack.
    private static bool IsDense(FinishedLog log, string file, int offset)
    {
        if (!log.Segments.Contains(file))
        {
            return OffsetTable.IsTable(file) || offset % 4096 < 100;
        }

        (_, _, int start, int end) = RecordAt(log, file, offset);
        return offset < 80
            || offset is >= SegmentFormat.ChainSeedOffset and < SegmentFormat.HeaderBytes
            || (start != 0 && (offset - start < 24 || end - offset <= 8))
            || (offset >= log.EndOf(file) && offset < log.EndOf(file) + TailMark.SizeInBytes);
    }

    private static (long Index, string File, int Start, int End) RecordAt(FinishedLog log, string file, int offset)
    {
        foreach ((long index, (string File, int Start, int End) record) in log.Records)
        {
            if (record.File == file && record.Start <= offset && offset < record.End)
            {
                return (index, file, record.Start, record.End);
            }
        }

        return default;
    }

    private static Expectation ExpectedOfByte(FinishedLog log, bool isTrusting, string file, int offset)
    {
        bool isSealNeeded = log.IsSealed(file) && !log.IsLastSealed(file);
        if (!log.Segments.Contains(file) || offset >= log.EndOf(file) + (isSealNeeded ? TailMark.SizeInBytes : 0))
        {
            return new(Outcome.NoEffect);
        }

        (long index, _, int start, _) = RecordAt(log, file, offset);
        if (SegmentFactory.IsPrepared(file) && offset < SegmentFormat.HeaderBytes)
        {
            return new(Outcome.Cut) { LastIndex = log.Records.First(record => record.Value.File == file).Key - 1 };
        }

        if (index >= log.FirstUnclaimed)
        {
            return new(Outcome.Cut) { LastIndex = index - 1 };
        }

        bool isTrusted = isTrusting && log.IsSealed(file) && log.HasFile(file.Replace(SegmentFormat.Extension, OffsetTable.Extension, StringComparison.Ordinal));
        return offset switch
        {
            < SegmentFormat.ChainSeedOffset => new(Outcome.Refused) { File = file, LeastOffset = 0, MostOffset = SegmentFormat.ChainSeedOffset - 1 },
            < SegmentFormat.HeaderBytes => new(Outcome.Refused) { File = file, LeastOffset = SegmentFormat.ChainSeedOffset, MostOffset = SegmentFormat.ChainSeedOffset },
            _ when index == 0 => new(Outcome.Refused) { File = file, LeastOffset = log.EndOf(file), MostOffset = log.EndOf(file), Index = null }, // the seal
            _ => new(isTrusted ? Outcome.Found : Outcome.Refused) { File = file, LeastOffset = start, MostOffset = start, Index = index },
        };
    }

    private static Expectation ExpectedOfLength(FinishedLog log, string file, int length)
    {
        if (log.Segments.Contains(file))
        {
            return SegmentFactory.IsPrepared(file)
                ? new(Outcome.Cut) { LastIndex = log.Records.First(record => record.Value.File == file).Key - 1 }
                : new(Outcome.Refused) { File = file };
        }

        // Behind its checksum a slot is zero, and the second slot has what the first has. What is cut off reads as zero:
        // where it was zero already, as the last byte of a checksum may be, nothing is lost.
        int slotEnd = file == HardStateFile.Name ? 224 : file == LogStartFile.Name ? 80 : 0;
        bool isNoSlotWhole = length < slotEnd && log.ContentOf(file).AsSpan(length, slotEnd - length).ContainsAnyExcept((byte)0);
        return isNoSlotWhole ? new(Outcome.Refused) { File = file } : new(Outcome.NoEffect);
    }

    /// <summary>What a damage must come to.</summary>
    private sealed record Expectation(Outcome Outcome)
    {
        /// <summary>Where the damage must be found.</summary>
        public string? File { get; init; }

        public long LeastOffset { get; init; }

        public long MostOffset { get; init; } = long.MaxValue;

        /// <summary>The record's index; null if it may be any.</summary>
        public long? Index { get; init; } = 0;

        /// <summary>With which record a log that is cut must end.</summary>
        public long LastIndex { get; init; }

        public string? Differs(Outcome outcome, LogCorruptedException? error, long lastIndex)
        {
            if (outcome != Outcome)
            {
                return $"{outcome}, and not {Outcome}: {error?.Message}";
            }

            bool isElsewhere = error is not null
                && (error.Segment != File || error.Offset < LeastOffset || error.Offset > MostOffset || (Index is { } index && error.Index != index));
            return isElsewhere ? $"located elsewhere: {error!.Message}"
                : outcome == Outcome.Cut && lastIndex != LastIndex ? $"cut behind {lastIndex}, and not behind {LastIndex}"
                : null;
        }
    }
}
