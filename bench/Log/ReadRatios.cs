using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using Microsoft.Win32.SafeHandles;
using RaftEngine.Bench.Measuring;
using RaftEngine.Log;

namespace RaftEngine.Bench.Log;

/// <summary>
/// Reading records in place, through the mapping, and their payload once, beside a pread of the same bytes and the same look at them. All of it is in the page cache.
/// </summary>
internal sealed class ReadRatios(LargeLog large, Effort effort)
{
    private readonly byte[] _buffer = new byte[large.RecordBytes];
    private long _sum;

    /// <summary>Measures them all.</summary>
    public IEnumerable<Row> Measure()
    {
        using DataDirectory directory = large.Open(isTrusting: true);
        SegmentedLog log = directory.Log;
        string[] segments = large.Segments;
        long tailFirst = FirstIndexOf(segments[^1]);
        yield return Compare("read at the tail / pread", log, segments[^1], Random(tailFirst, large.Records + 1));

        long sealedFirst = FirstIndexOf(segments[^2]);
        yield return Compare("read from a sealed segment, in order / pread", log, segments[^2], InOrder(sealedFirst, tailFirst));
        yield return Compare("read from a sealed segment, at random / pread", log, segments[^2], Random(sealedFirst, tailFirst));
    }

    private static long FirstIndexOf(string path) =>
        SegmentFormat.TryParseName(Path.GetFileName(path), out long index) ? index : throw new InvalidOperationException($"{path} is no segment.");

    private long[] Random(long first, long end)
    {
        Random random = new(1);
        long[] indexes = new long[effort.Count(50_000)];
        for (int i = 0; i < indexes.Length; i++)
        {
            indexes[i] = random.NextInt64(first, end);
        }

        return indexes;
    }

    private long[] InOrder(long first, long end)
    {
        long[] indexes = new long[Math.Min(effort.Count(50_000), (int)(end - first))];
        for (int i = 0; i < indexes.Length; i++)
        {
            indexes[i] = first + i;
        }

        return indexes;
    }

    private Row Compare(string name, SegmentedLog log, string path, long[] indexes)
    {
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        long first = FirstIndexOf(path);
        return Rounds.Run(effort.Rounds(15), () => TimeReads(log, indexes), () => TimePreads(file, first, indexes)).OursByBaseline(name, "ns/entry");
    }

    private double TimeReads(SegmentedLog log, long[] indexes)
    {
        long start = Stopwatch.GetTimestamp();
        foreach (long index in indexes)
        {
            Look(log.Read(index).Payload);
        }

        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / indexes.Length;
    }

    private double TimePreads(SafeFileHandle file, long firstIndex, long[] indexes)
    {
        long start = Stopwatch.GetTimestamp();
        foreach (long index in indexes)
        {
            RandomAccess.Read(file, _buffer, SegmentFormat.HeaderBytes + ((index - firstIndex) * large.RecordBytes));
            Look(_buffer.AsSpan(RecordFormat.HeaderBytes, LargeLog.PayloadBytes));
        }

        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / indexes.Length;
    }

    // One byte of each of the payload's cache lines.
    private void Look(ReadOnlySpan<byte> payload)
    {
        for (int i = 0; i < payload.Length; i += 64)
        {
            _sum += payload[i];
        }
    }
}
