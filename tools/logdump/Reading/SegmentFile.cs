using System;
using System.Collections.Immutable;
using System.Threading;
using RaftEngine.Log;
using RaftEngine.Storage;

namespace RaftEngine.LogDump.Reading;

/// <summary>One segment file, open and mapped, whatever its bytes are.</summary>
internal sealed unsafe class SegmentFile : IDisposable
{
    private readonly IStorageFile _file;
    private readonly IStorageMapping? _mapping;

    private SegmentFile(IStorageFile file, string name)
    {
        _file = file;
        Name = name;
        Length = (int)Math.Min(file.Length, SegmentFormat.LargestBytes);
        _mapping = Length > 0 ? file.Map(Length) : null;
    }

    public string Name { get; }

    /// <summary>The file's length, in bytes; what is beyond the largest segment is left out.</summary>
    public int Length { get; }

    public ReadOnlySpan<byte> Bytes => _mapping is null ? default : new ReadOnlySpan<byte>((void*)_mapping.Address, Length);

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

    /// <summary>Keeps little of it in memory while it is read from front to back.</summary>
    public MappingWindow OpenWindow() => new(_mapping!, Length);

    /// <summary>Where the zeros begin that the file ends with, at the earliest at an offset. Keeps little of it in memory.</summary>
    public int EndOfWritten(int from)
    {
        for (int end = Length; end > from;)
        {
            int start = Math.Max(from, (end - 1) / MappingWindow.StepBytes * MappingWindow.StepBytes);
            int last = Bytes[start..end].LastIndexOfAnyExcept((byte)0);
            if (last >= 0)
            {
                return start + last + 1;
            }

            if (start > from)
            {
                _mapping!.Release(start, end - start);
            }

            end = start;
        }

        return from;
    }

    public void Dispose()
    {
        _mapping?.Dispose();
        _file.Dispose();
    }

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
        using MappingWindow window = OpenWindow();
        SegmentScanner scanner = new(Bytes, Name, header);
        while (scanner.MoveNext())
        {
            if (scanner.End >= window.NextMove)
            {
                window.MoveTo(scanner.End);
                cancellationToken.ThrowIfCancellationRequested();
            }
        }

        return new SegmentFacts(segment, scanner.LastIndex, scanner.End, false);
    }
}
