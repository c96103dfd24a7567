using System;
using RaftEngine.Storage;

namespace RaftEngine.Log;

/// <content>What looks single records up, and what follows a log as it grows.</content>
public sealed partial class LogInspector
{
    /// <summary>Opens the log to look records up by their index. On a live directory what it says is of the moment at which it was opened.</summary>
    /// <exception cref="LogCorruptedException">The log's beginning or its last segment is damaged, or was being changed at this moment: look again.</exception>
    /// <exception cref="DataDirectoryException">A newer version wrote it.</exception>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    internal LogLookup OpenLookup()
    {
        FileSystemDirectory directory = OpenDirectory();
        try
        {
            LogStart start = ReadStart(directory);
            long[] firstIndexes = ListSegments(directory, start);
            RequireSegments(directory, start, firstIndexes);
            return new LogLookup(this, directory, start, firstIndexes);
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>Where the log begins, and which segments are part of it, as of now.</summary>
    /// <exception cref="LogCorruptedException">As above.</exception>
    internal (LogStart Start, long[] FirstIndexes) Look(FileSystemDirectory directory)
    {
        LogStart start = ReadStart(directory);
        return (start, ListSegments(directory, start));
    }

    /// <summary>Checks that there are segments, and what says which is the first. No segment is right for a directory
    /// that is being made, and for a reset that a crash has interrupted; otherwise they have been lost.</summary>
    /// <exception cref="LogCorruptedException">They have.</exception>
    internal void RequireSegments(FileSystemDirectory directory, LogStart start, long[] firstIndexes)
    {
        bool isStartMissed = _single is null && start is { FirstIndex: 1, CreatedStamp: 0 } && firstIndexes is [> 1, ..];
        if (isStartMissed && !System.IO.File.Exists(System.IO.Path.Combine(Path, LogStartFile.Name)))
        {
            throw LogCorruptedException.Missing(LogStartFile.Name);
        }

        if (firstIndexes.Length != 0 || (IsNew && start.CreatedStamp == 0))
        {
            return;
        }

        // In this order: a reset that goes on meanwhile gives the prepared file its name.
        bool isBeingReset = Array.Exists(directory.List(), name => SegmentFactory.IsPrepared(name) && LogRecovery.IsResetTo(directory, name, Owner.LogId, start));
        if (!isBeingReset && ListSegments(directory, start).Length == 0)
        {
            throw LogCorruptedException.Missing(SegmentFormat.NameOf(start.FirstIndex));
        }
    }
}
