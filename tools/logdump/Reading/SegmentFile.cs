using System;
using System.Collections.Generic;
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

    /// <summary>The first indexes of the log's segments; with those whose headers do not tell whether they are the
    /// log's.</summary>
    public static long[] List(LogInspector inspector, FileSystemDirectory directory, LogStart start) =>
        Array.FindAll(LogRecovery.ListSegments(directory), firstIndex =>
    {
        try
        {
            using SegmentFile? file = TryOpen(directory, SegmentFormat.NameOf(firstIndex));
            return file is not null && file.ReadHeader(directory,
                inspector.Owner.LogId).CreatedStamp >= start.CreatedStamp;
        }
        catch (LogCorruptedException)
        {
            return true;
        }
    });

    /// <summary>What each segment holds: by its table of offsets, or by its records where there is none.</summary>
    /// <param name="inspector">The log.</param>
    /// <param name="known">What was found of the log, whose last segment then need not be read again; null to read
    /// it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="LogCorruptedException">The beginning of the log is damaged.</exception>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public static ImmutableArray<SegmentFacts> ReadFacts(
        LogInspector inspector, LogVerification? known, CancellationToken cancellationToken)
    {
        using FileSystemDirectory directory = inspector.OpenDirectory();
        long[] firstIndexes = List(inspector, directory, inspector.ReadStart(directory));
        ImmutableArray<SegmentFacts>.Builder facts = ImmutableArray.CreateBuilder<SegmentFacts>(firstIndexes.Length);
        for (int i = 0; i < firstIndexes.Length; i++)
        {
            using SegmentFile? file = TryOpen(directory, SegmentFormat.NameOf(firstIndexes[i]));
            if (file is not null) // it may have gone since
            {
                long next = i + 1 < firstIndexes.Length ? firstIndexes[i + 1] : 0;
                facts.Add(file.ReadFacts(inspector, directory, firstIndexes[i], next, known, cancellationToken));
            }
        }

        return facts.DrainToImmutable();
    }

    private SegmentFacts ReadFacts(
        LogInspector inspector,
        FileSystemDirectory directory,
        long firstIndex,
        long nextFirstIndex,
        LogVerification? known,
        CancellationToken cancellationToken)
    {
        bool isSealed = nextFirstIndex != 0;
        try
        {
            SegmentHeader header = ReadHeader(directory, inspector.Owner.LogId);
            DateTimeOffset created = DateTimeOffset.UnixEpoch.AddTicks(header.CreatedStamp / 100);
            LogSegmentInfo segment = new(Name, firstIndex, header.FileSize, isSealed, header.LogId, created,
                header.PreviousTerm, header.ChainSeed);
            using OffsetTable? table = isSealed ? TryOpenTable(inspector, directory, nextFirstIndex) : null;
            bool isKnown = !isSealed && known is { Damage: null } && known.LastIndex >= firstIndex - 1;
            return table is not null ? new SegmentFacts(segment, firstIndex + table.Records - 1, table.End, true)
                : isKnown ? new SegmentFacts(segment, known!.LastIndex, known.LastSegmentEnd, false)
                : Walk(segment, header, cancellationToken);
        }
        catch (LogCorruptedException damage)
        {
            LogSegmentInfo named = new(Name, firstIndex, _file.Length, isSealed, default, default, 0, 0);
            return new SegmentFacts(named, firstIndex - 1, SegmentFormat.HeaderBytes, false, damage);
        }
    }

    /// <summary>The names of tables that are there, and are not whole or not of the segments' records.</summary>
    public static HashSet<string> DamagedTables(LogInspector inspector)
    {
        using FileSystemDirectory directory = inspector.OpenDirectory();
        string[] names = directory.List();
        HashSet<string> damaged = [];
        long[] firstIndexes = List(inspector, directory, inspector.ReadStart(directory));
        for (int i = 0; i < firstIndexes.Length - 1; i++)
        {
            string table = OffsetTable.NameOf(firstIndexes[i]);
            using SegmentFile? file = Array.IndexOf(names, table) < 0 ? null
                : TryOpen(directory, SegmentFormat.NameOf(firstIndexes[i]));
            using OffsetTable? whole = file?.TryOpenTable(inspector, directory, firstIndexes[i + 1]);
            if (file is not null && whole is null)
            {
                damaged.Add(table);
            }
        }

        return damaged;
    }

    // Whether a table is the segment's, its header and the one behind it tell, which may be damaged.
    private OffsetTable? TryOpenTable(LogInspector inspector, FileSystemDirectory directory, long nextFirstIndex)
    {
        try
        {
            return inspector.OpenTable(directory, ReadHeader(directory, inspector.Owner.LogId), nextFirstIndex);
        }
        catch (LogCorruptedException)
        {
            return null;
        }
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
