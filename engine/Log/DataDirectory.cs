using System;
using RaftEngine.Storage;

namespace RaftEngine.Log;

/// <summary>A node's data directory: the lock that keeps everybody else out, the hard state, the log.</summary>
internal sealed class DataDirectory : IDisposable
{
    public const string LockName = "lock";

    /// <summary>The file that stands in a directory for as long as a restore into it is not finished.</summary>
    public const string RestoringName = "restoring";

    /// <summary>The file that stands in a directory while entries are acknowledged that are not on disk, and until the log is closed with all of them on disk.</summary>
    public const string UnsyncedName = "unsynced";

    private readonly IStorageDirectory _directory;
    private readonly IDisposable _lock;
    private readonly CommitFile _commitFile;
    private bool _isClosed;
    private bool _isMarkedUnsynced;

    private DataDirectory(IStorageDirectory directory, IDisposable @lock, HardStateFile hardState, SegmentedLog log)
    {
        _directory = directory;
        _lock = @lock;
        HardState = hardState;
        Log = log;
        _commitFile = new CommitFile(directory);
        CommittedIndex = CommitFile.Read(directory, log);
        IsTailInDoubt = _isMarkedUnsynced = Array.IndexOf(directory.List(), UnsyncedName) >= 0;
    }

    /// <summary>Random for each directory: its incarnation.</summary>
    public Guid LogId => HardState.Owner.LogId;

    /// <summary>What names the directory in configurations and messages.</summary>
    public ulong Incarnation => HardState.Incarnation;

    /// <summary>How far the log is known to be committed; 0 if nothing is known.</summary>
    public long CommittedIndex { get; private set; }

    /// <summary>True if the end of the log may be missing: entries that were acknowledged before they were on disk. Set it to
    /// false, before the directory is closed, once all of them are known to be there.</summary>
    public bool IsTailInDoubt { get; set; }

    public SegmentedLog Log { get; }

    public HardStateFile HardState { get; }

    /// <summary>Opens a directory, or makes a new one.</summary>
    /// <exception cref="DataDirectoryException">Somebody has it open, it is another node's, or a newer version wrote it.</exception>
    /// <exception cref="LogCorruptedException">Something that was on disk is not there, or not as it was.</exception>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public static DataDirectory Open(string path, LogOptions options)
    {
        options.Validate();
        return Open(FileSystemDirectory.OpenOrCreate(path), options);
    }

    /// <summary>Opens a directory of any kind; it is disposed with the result, or if there is none.</summary>
    public static DataDirectory Open(IStorageDirectory directory, LogOptions options, bool isRestoring = false)
    {
        options.Validate();
        IDisposable? @lock = null;
        HardStateFile? hardState = null;
        try
        {
            @lock = directory.TryLock(LockName) ?? throw new DataDirectoryException(directory.Path, "another process, or another node in this one, has it open.");
            RequireRestored(directory, isRestoring);
            long[] segments = LogRecovery.ListSegments(directory);
            hardState = OpenHardState(directory, options, segments);
            return new DataDirectory(directory, @lock, hardState, OpenLog(directory, options, hardState, segments));
        }
        catch
        {
            hardState?.Dispose();
            @lock?.Dispose();
            directory.Dispose();
            throw;
        }
    }

    /// <summary>Notes how far the log is known to be committed, without a sync.</summary>
    /// <param name="index">An index of the log, flushed.</param>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public void NoteCommitted(long index)
    {
        _commitFile.Write(index, Log.ChainAt(index));
        CommittedIndex = index;
    }

    /// <summary>From now on entries are acknowledged that are not on disk.</summary>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public void BeginUnsynced()
    {
        if (!_isMarkedUnsynced)
        {
            _directory.Create(UnsyncedName).Dispose();
            _directory.Sync();
            _isMarkedUnsynced = true;
        }
    }

    /// <summary>Closes it cleanly; everything appended is on disk.</summary>
    public void Dispose() => Close(isAbandoned: false);

    /// <summary>Closes it as if the process had died: nothing more is written.</summary>
    public void Abandon() => Close(isAbandoned: true);

    // Half a restored node would start as a new one, without any of the state.
    private static void RequireRestored(IStorageDirectory directory, bool isRestoring)
    {
        if (!isRestoring && Array.IndexOf(directory.List(), RestoringName) >= 0)
        {
            throw new DataDirectoryException(directory.Path, "a restore into it was never finished. Delete it, and restore the backup again.");
        }
    }

    private static HardStateFile OpenHardState(IStorageDirectory directory, LogOptions options, long[] segments)
    {
        if (Array.IndexOf(directory.List(), HardStateFile.Name) >= 0)
        {
            HardStateFile opened = HardStateFile.Open(directory);
            RequireOwner(directory.Path, options, opened);
            return opened;
        }

        if (segments.Length != 0)
        {
            throw HardStateFile.Missing();
        }

        return HardStateFile.Create(directory, new LogOwner(options.ClusterId, options.GroupId, options.NodeId, options.NewId()), options.FirstVoters);
    }

    private static SegmentedLog OpenLog(IStorageDirectory directory, LogOptions options, HardStateFile hardState, long[] segments)
    {
        SegmentFactory factory = new(directory, options);
        try
        {
            RecoveredLog recovered = LogRecovery.Open(directory, options, hardState, segments, factory);
            return new SegmentedLog(directory, options, hardState.Owner.LogId, factory, recovered);
        }
        catch
        {
            factory.Dispose();
            throw;
        }
    }

    private static void RequireOwner(string path, LogOptions options, HardStateFile opened)
    {
        try
        {
            Require(path, "cluster", options.ClusterId, opened.Owner.ClusterId);
            Require(path, "group", options.GroupId, opened.Owner.GroupId);
            Require(path, "node", options.NodeId, opened.Owner.NodeId);
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    private static void Require<T>(string path, string what, T expected, T actual)
        where T : struct, IEquatable<T>
    {
        if (!expected.Equals(actual))
        {
            throw new DataDirectoryException(path, $"it belongs to {what} {actual}, and not to {expected}.");
        }
    }

    private void EndUnsynced()
    {
        if (_isMarkedUnsynced && !IsTailInDoubt)
        {
            _directory.Delete(UnsyncedName);
            _directory.Sync();
        }
    }

    private void Close(bool isAbandoned)
    {
        if (_isClosed)
        {
            return;
        }

        _isClosed = true;
        try
        {
            if (isAbandoned)
            {
                Log.Abandon();
            }
            else
            {
                Log.Dispose();
                EndUnsynced();
            }
        }
        finally
        {
            HardState.Dispose();
            _commitFile.Dispose();
            _lock.Dispose();
            _directory.Dispose();
        }
    }
}
