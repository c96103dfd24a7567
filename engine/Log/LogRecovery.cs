using System;
using System.Collections.Generic;
using RaftEngine.Storage;

namespace RaftEngine.Log;

/// <summary>
/// Opens a log: verifies the chain from the first segment's seed to the last record, cuts a torn tail, and refuses damage. Until all of it has been verified, nothing is written.
/// </summary>
internal static class LogRecovery
{
    /// <summary>Makes the first segment of a new log.</summary>
    public static RecoveredLog Create(IStorageDirectory directory, LogOptions options, Guid logId, SegmentFactory factory)
    {
        SegmentFactory.DeleteLeftOver(directory);
        ulong seed = SegmentFormat.FirstChainSeed(options.ClusterId, options.GroupId);
        SegmentHeader header = new(1, options.SegmentSizeBytes, logId, options.StampAfter(0), 0, seed);
        TailMark mark = new(SegmentFormat.HeaderBytes, 1, SegmentFormat.HeaderBytes, SegmentedLog.UnsyncedBound(options));
        return new RecoveredLog([factory.Create(header, mark)], new TermIndex(0, 0), mark.Sequence, 0);
    }

    /// <summary>Verifies the segments of an existing log, oldest first, and makes the last one ready to go on.</summary>
    /// <exception cref="LogCorruptedException">Something that was on disk is not there, or not as it was.</exception>
    /// <exception cref="DataDirectoryException">A newer version wrote a segment.</exception>
    public static RecoveredLog Recover(IStorageDirectory directory, LogOptions options, Guid logId, long[] firstIndexes)
    {
        List<Segment> segments = new(firstIndexes.Length);
        TermIndex terms = new(0, 0);
        try
        {
            SegmentTail tail = default;
            ulong chain = SegmentFormat.FirstChainSeed(options.ClusterId, options.GroupId);
            for (int i = 0; i < firstIndexes.Length; i++)
            {
                Segment segment = OpenSegment(directory, firstIndexes[i], logId);
                segments.Add(segment);
                long previousIndex = i == 0 ? 0 : segments[i - 1].LastIndex;
                SegmentFormat.RequireContinues(segment.Name, segment.Header, previousIndex, terms.LastTerm, chain);
                SegmentScanner scanner = new(segment.Bytes(0, segment.Size), segment.Name, segment.Header);
                while (scanner.MoveNext())
                {
                    segment.Add(scanner.End - scanner.Start);
                    terms.Add(scanner.LastIndex, scanner.LastTerm);
                }

                chain = scanner.LastChain;
                if (i < firstIndexes.Length - 1)
                {
                    scanner.RequireSealed(firstIndexes[i + 1]);
                }
                else
                {
                    tail = scanner.JudgeTail();
                }
            }

            long sequence = MakeReady(directory, options, segments[^1], tail);
            return new RecoveredLog(segments, terms, sequence, tail.TornBytes);
        }
        catch
        {
            segments.ForEach(static segment => segment.Dispose());
            throw;
        }
    }

    /// <summary>The first indexes of the segments in a directory, ascending.</summary>
    public static long[] ListSegments(IStorageDirectory directory)
    {
        List<long> firstIndexes = [];
        foreach (string name in directory.List())
        {
            if (SegmentFormat.TryParseName(name, out long firstIndex))
            {
                firstIndexes.Add(firstIndex);
            }
        }

        firstIndexes.Sort();
        return [.. firstIndexes];
    }

    /// <summary>Checks that there is a segment.</summary>
    /// <exception cref="LogCorruptedException">A directory that has been in use has lost them all.</exception>
    public static void RequireSegments(long[] firstIndexes, bool isNew)
    {
        // A node saves a term before it appends anything, so only a directory whose making a crash interrupted has no segment.
        if (firstIndexes.Length == 0 && !isNew)
        {
            throw new LogCorruptedException(SegmentFormat.NameOf(1), 0, 0, "segments", 1, 0);
        }
    }

    private static Segment OpenSegment(IStorageDirectory directory, long firstIndex, Guid logId)
    {
        string name = SegmentFormat.NameOf(firstIndex);
        IStorageFile file = directory.Open(name);
        try
        {
            SegmentHeader header = ReadHeader(file, directory.Path, name, logId);
            return new Segment(file, file.Map(header.FileSize), name, header);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads and checks a segment's first page.</summary>
    public static SegmentHeader ReadHeader(IStorageFile file, string directory, string name, Guid logId)
    {
        byte[] page = new byte[SegmentFormat.HeaderBytes];
        int read = file.Read(page, 0);
        return SegmentFormat.Read(page.AsSpan(0, read), directory, name, file.Length, logId);
    }

    // The process may have died, and not the machine: what was read may be in the page cache only. So all of it is synced before a mark calls it synced,
    // and so are the directory's entries.
    private static long MakeReady(IStorageDirectory directory, LogOptions options, Segment last, SegmentTail tail)
    {
        SegmentFactory.DeleteLeftOver(directory);
        directory.Sync();
        last.File.Sync();
        TailMark mark = new(last.End, tail.NewestMark.Sequence + 1, last.End, SegmentedLog.UnsyncedBound(options));
        SegmentEraser.Erase(last.File, last.Header, mark, tail.LastWritten);
        last.File.Sync();
        return mark.Sequence;
    }
}
