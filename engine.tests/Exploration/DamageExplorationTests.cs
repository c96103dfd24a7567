using System;
using System.Collections.Generic;
using System.Linq;
using RaftEngine.Log;
using RaftEngine.Tests.Storage;
using Xunit;
using Xunit.Abstractions;

namespace RaftEngine.Tests.Exploration;

/// <summary>
/// Every byte of every file of a log, each bit turned over, set to 00 and to FF; every file cut to every length. By default every byte that carries meaning gets some of these, and
/// of the slack a sample; RAFTENGINE_DAMAGE=all does all of it.
/// </summary>
/// <remarks>
/// Slack, where damage makes no difference:
/// <list type="bullet">
/// <item>in the last segment, the last mark and what is behind it: without the mark only the knowledge is lost that it carried;</item>
/// <item>in a sealed segment, what is behind its final mark;</item>
/// <item>in the hard state, either one of the slots: the other has the same, and the spoiled one is written anew;</item>
/// <item>the lock file, which stands for a lock by its name alone.</item>
/// </list>
/// What was written but no mark vouches for yet, the last group of a process that died, can not be told from a torn write: it is cut there.
/// </remarks>
public sealed class DamageExplorationTests(ITestOutputHelper output)
{
    private static readonly bool IsComplete = Environment.GetEnvironmentVariable("RAFTENGINE_DAMAGE") == "all";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void No_byte_of_any_file_can_be_damaged_in_silence(bool isClosed)
    {
        using FinishedLog log = new(isClosed);
        Assert.Equal(3, log.Segments.Count);
        Dictionary<Damage.Outcome, int> outcomes = [];
        List<string> violations = [];
        foreach (string file in log.Files)
        {
            byte[] content = log.ContentOf(file);
            for (int offset = 0; offset < content.Length && violations.Count < 20; offset++)
            {
                foreach (byte value in Values(log, file, content[offset], offset))
                {
                    DiskImage image = log.Copy();
                    image.FileOf(file).Content[offset] = value;
                    string? violation = Judge(log, file, offset, image, outcomes);
                    if (violation is not null)
                    {
                        violations.Add($"{file}, offset {offset}, 0x{content[offset]:x2} to 0x{value:x2}: {violation}");
                    }
                }
            }
        }

        output.WriteLine(string.Join(", ", outcomes.Select(outcome => $"{outcome.Key}: {outcome.Value}")));
        Assert.Empty(violations);
        Assert.True(outcomes[Damage.Outcome.Refused] > 20_000);
        Assert.Equal(!isClosed, outcomes.ContainsKey(Damage.Outcome.Cut));
    }

    [Fact]
    public void No_file_can_be_cut_short_or_grow_in_silence()
    {
        using FinishedLog log = new(isClosed: true);
        List<string> violations = [];
        Dictionary<Damage.Outcome, int> outcomes = [];
        foreach (string file in log.Files.Where(static file => file != DataDirectory.LockName))
        {
            byte[] content = log.ContentOf(file);
            for (int length = 0; length <= content.Length + 1; length++)
            {
                if (length == content.Length)
                {
                    continue;
                }

                byte[] changed = new byte[length];
                content.AsSpan(0, Math.Min(length, content.Length)).CopyTo(changed);
                DiskImage image = log.Copy();
                image.Put(file, changed);
                string? violation = JudgeLength(log, file, length, image, outcomes);
                if (violation is not null)
                {
                    violations.Add($"{file}, {length} bytes: {violation}");
                }
            }
        }

        output.WriteLine(string.Join(", ", outcomes.Select(outcome => $"{outcome.Key}: {outcome.Value}")));
        Assert.Empty(violations);
    }

    [Fact]
    public void A_missing_file_is_missed()
    {
        using FinishedLog log = new(isClosed: true);
        foreach (string file in log.Files)
        {
            DiskImage image = log.Copy();
            image.Remove(file);
            Damage.Outcome outcome = Damage.Open(log, image, out LogCorruptedException? error, out long lastIndex);

            // Nothing tells that there ever was another segment behind a sealed one: what is missing at the end is for the group to find out.
            Damage.Outcome expected = file == DataDirectory.LockName ? Damage.Outcome.NoEffect : file == log.ActiveSegment ? Damage.Outcome.Cut : Damage.Outcome.Refused;
            Assert.Equal(expected, outcome);
            Assert.Equal(expected == Damage.Outcome.Refused, error is not null);
            Assert.True(outcome != Damage.Outcome.Cut || log.Records[lastIndex].Segment == log.Segments[^2]);
        }
    }

    [Fact]
    public void The_lock_is_its_name_and_not_its_content()
    {
        using FinishedLog log = new(isClosed: true);
        Assert.Empty(log.ContentOf(DataDirectory.LockName));
        DiskImage image = log.Copy();
        image.Put(DataDirectory.LockName, [1, 2, 3]);
        Assert.Equal(Damage.Outcome.NoEffect, Damage.Open(log, image, out _, out _));
    }

    private static IEnumerable<byte> Values(FinishedLog log, string file, byte original, int offset)
    {
        bool isSlack = IsSlack(log, file, offset);
        bool isInHeader = file != HardStateFile.Name && offset is < 80 or >= 4080 and < SegmentFormat.HeaderBytes + 64;
        if (!IsComplete && isSlack && !isInHeader && offset % 61 != 0 && offset > 128)
        {
            yield break;
        }

        for (int bit = 0; bit < 8; bit++)
        {
            if (IsComplete || isInHeader || bit == offset % 8)
            {
                yield return (byte)(original ^ (1 << bit));
            }
        }

        if (original != 0 && (IsComplete || isInHeader || offset % 2 == 0))
        {
            yield return 0;
        }

        if (original != 0xFF && (IsComplete || isInHeader || offset % 2 == 1))
        {
            yield return 0xFF;
        }
    }

    private static bool IsSlack(FinishedLog log, string file, int offset) =>
        !log.Segments.Contains(file) || offset >= log.EndOf(file) + (file == log.ActiveSegment ? 0 : TailMark.SizeInBytes);

    private static string? Judge(FinishedLog log, string file, int offset, DiskImage image, Dictionary<Damage.Outcome, int> outcomes)
    {
        Damage.Outcome outcome;
        LogCorruptedException? error;
        long lastIndex;
        try
        {
            outcome = Damage.Open(log, image, out error, out lastIndex);
        }
        catch (InvalidOperationException e)
        {
            return $"{e.Message} {e.InnerException?.Message}";
        }

        outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;
        if (IsSlack(log, file, offset))
        {
            return outcome == Damage.Outcome.NoEffect ? null : $"{outcome}, in slack: {error?.Message}";
        }

        (long index, (string Segment, int Start, int End) record) = log.Records.FirstOrDefault(
            entry => entry.Value.Segment == file && entry.Value.Start <= offset && offset < entry.Value.End);
        if (index >= log.FirstUnclaimed)
        {
            return outcome == Damage.Outcome.Cut && lastIndex == index - 1 ? null : $"{outcome} at {lastIndex}, in record {index}, for which no mark vouches: {error?.Message}";
        }

        if (outcome != Damage.Outcome.Refused)
        {
            return outcome.ToString();
        }

        bool isLocated = error!.Segment == file && (offset, index) switch
        {
            ( < SegmentFormat.ChainSeedOffset, _) => error.Offset < SegmentFormat.ChainSeedOffset && error.Index == 0,
            ( < SegmentFormat.HeaderBytes, _) => error.Offset == SegmentFormat.ChainSeedOffset && error.Index == 0,
            (_, 0) => error.Offset == log.EndOf(file), // the final mark of a sealed segment
            _ => error.Offset == record.Start && error.Index == index,
        };
        return isLocated ? null : $"damage in record {index} is located elsewhere: {error.Message}";
    }

    private static string? JudgeLength(FinishedLog log, string file, int length, DiskImage image, Dictionary<Damage.Outcome, int> outcomes)
    {
        try
        {
            Damage.Outcome outcome = Damage.Open(log, image, out LogCorruptedException? error, out _);
            outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;

            // Behind its checksum a slot is zero, and the second slot has what the first has.
            bool isRefused = log.Segments.Contains(file) || (file == HardStateFile.Name && length < 96);
            Damage.Outcome expected = isRefused ? Damage.Outcome.Refused : Damage.Outcome.NoEffect;
            return outcome != expected ? $"{outcome}: {error?.Message}" : error is not null && error.Segment != file ? $"located in {error.Segment}" : null;
        }
        catch (InvalidOperationException e)
        {
            return $"{e.Message} {e.InnerException?.Message}";
        }
    }
}
