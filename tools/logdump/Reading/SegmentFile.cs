using System;
using System.Collections.Immutable;
using System.Threading;
using RaftEngine.Log;
using RaftEngine.Storage;

namespace RaftEngine.LogDump.Reading;

/// <summary>One segment file, open, whatever its bytes are.</summary>
internal sealed class SegmentFile : IDisposable
{
    private readonly IStorageFile _file;

    private SegmentFile(IStorageFile file, string name)
    {
        _file = file;
        Name = name;
        Copy = new SegmentCopy(file, name, Math.Min(file.Length, SegmentFormat.LargestBytes));
    }

    public string Name { get; }

    /// <summary>The file's length, in bytes; what is beyond the largest segment is left out.</summary>
    public int Length => Copy.Length;

    /// <summary>Its bytes, as far as they have been loaded.</summary>
    public SegmentCopy Copy { get; }

    /// <summary>Opens a segment; null if there is none of that name.</summary>
    public static SegmentFile? TryOpen(FileSystemDirectory directory, string name)
    {
        IStorageFile? file = directory.OpenForReading(name);
        try
        {
            return file is null ? null : new SegmentFile(file, name);
        }
        catch
        {
            file!.Dispose();
            throw;
        }
    }

    /// <summary>Reads and checks its header.</summary>
    /// <exception cref="LogCorruptedException">It is not what was written.</exception>
    /// <exception cref="DataDirectoryException">A newer version wrote it.</exception>
    public SegmentHeader ReadHeader(FileSystemDirectory directory, Guid logId) => LogRecovery.ReadHeader(_file, directory.Path, Name, logId);

    /// <summary>Where the zeros begin that the file ends with, at the earliest at an offset. Keeps little of it in memory.</summary>
    public int EndOfWritten(int from)
    {
        for (int end = Length; end > from;)
        {
            int start = Math.Max(from, (end - 1) / SegmentCopy.StepBytes * SegmentCopy.StepBytes);
            Copy.Load(start, end);
            int last = Copy.Bytes[start..end].LastIndexOfAnyExcept((byte)0);
            if (last >= 0)
            {
                return start + last + 1;
            }

            if (start > from)
            {
                Copy.Release(start, end);
            }

            end = start;
        }

        return from;
    }

    public void Dispose() => Copy.Dispose();

    /// <summary>What each segment holds: by its table of offsets, or by its records where there is none.</summary>
    /// <exception cref="LogCorruptedException">A header is damaged.</exception>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public static ImmutableArray<SegmentFacts> ReadFacts(LogInspector inspector, CancellationToken cancellationToken)
    {
        using FileSystemDirectory directory = FileSystemDirectory.OpenExisting(inspector.Path);
        ImmutableArray<LogSegmentInfo> segments = inspector.ReadSegments();
        ImmutableArray<SegmentFacts>.Builder facts = ImmutableArray.CreateBuilder<SegmentFacts>(segments.Length);
        for (int i = 0; i < segments.Length; i++)
        {
            using SegmentFile? file = TryOpen(directory, segments[i].Name);
            if (file is null)
            {
                continue; // it has gone since
            }

            SegmentHeader header = file.ReadHeader(directory, inspector.Owner.LogId);
            using OffsetTable? table = i + 1 < segments.Length ? inspector.OpenTable(directory, header, segments[i + 1].FirstIndex) : null;
            facts.Add(table is not null
                ? new SegmentFacts(segments[i], header.FirstIndex + table.Records - 1, table.End, true)
                : file.Walk(segments[i], header, cancellationToken));
        }

        return facts.DrainToImmutable();
    }

    private SegmentFacts Walk(LogSegmentInfo segment, in SegmentHeader header, CancellationToken cancellationToken)
    {
        SegmentScanner scanner = new(Copy, Name, header);
        while (scanner.MoveNext())
        {
            if (scanner.End >= Copy.NextMove)
            {
                Copy.MoveTo(scanner.Start);
                cancellationToken.ThrowIfCancellationRequested();
            }
        }

        return new SegmentFacts(segment, scanner.LastIndex, scanner.End, false);
    }
}
