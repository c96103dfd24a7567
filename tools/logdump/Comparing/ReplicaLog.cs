using System;
using RaftEngine.Log;
using RaftEngine.LogDump.Reading;
using RaftEngine.Snapshots;
using RaftEngine.Storage;

namespace RaftEngine.LogDump.Comparing;

/// <summary>One replica's log, to be compared with others.</summary>
internal sealed class ReplicaLog : IDisposable
{
    private ReplicaLog(string path, LogInspector inspector, LogLookup log, long knownCommitted)
    {
        Path = path;
        Owner = inspector.Owner;
        Log = log;
        KnownCommitted = knownCommitted;
        Fingerprint = log.ChainAt(log.LastIndex);
    }

    /// <summary>The directory, as the user has written it.</summary>
    public string Path { get; }

    /// <summary>Whose it is.</summary>
    public LogOwner Owner { get; }

    /// <summary>Its log.</summary>
    public LogLookup Log { get; }

    /// <summary>Up to here the directory proves by itself that its records were committed: by a snapshot, or because the log was given up.</summary>
    public long KnownCommitted { get; }

    /// <summary>The chain value at the last index.</summary>
    public ulong Fingerprint { get; }

    /// <summary>True if it still has the record at an index.</summary>
    public bool Has(long index) => index >= Log.FirstIndex && index <= Log.LastIndex;

    /// <summary>Opens a replica's log.</summary>
    /// <exception cref="DamagedReplicaException">It is damaged, as far as it is looked at.</exception>
    public static ReplicaLog Open(string path) => Guarded(path, path, static path =>
    {
        LogInspector inspector = Subject.OpenLog(path);
        LogLookup log = inspector.OpenLookup();
        try
        {
            using FileSystemDirectory directory = inspector.OpenDirectory();
            return new ReplicaLog(path, inspector, log, Math.Max(log.FirstIndex - 1, SnapshotStore.NewestIndex(directory)));
        }
        catch
        {
            log.Dispose();
            throw;
        }
    });

    /// <summary>The chain value at an index of the log, or at the one before its first.</summary>
    /// <exception cref="DamagedReplicaException">The log is damaged there.</exception>
    public ulong ChainAt(long index) => Guarded(Path, (Log, index), static at => at.Log.ChainAt(at.index));

    /// <summary>The record at an index of the log.</summary>
    /// <exception cref="DamagedReplicaException">The log is damaged there.</exception>
    public LookedUpRecord Read(long index) => Guarded(Path, (Log, index), static at => at.Log.Read(at.index));

    /// <inheritdoc/>
    public void Dispose() => Log.Dispose();

    private static T Guarded<TState, T>(string path, TState state, Func<TState, T> read)
    {
        try
        {
            return read(state);
        }
        catch (LogCorruptedException e)
        {
            throw new DamagedReplicaException(path, e);
        }
    }
}
