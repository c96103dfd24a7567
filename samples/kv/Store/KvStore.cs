using System;
using System.Collections.Generic;

namespace RaftEngine.Samples.Kv.Store;

/// <summary>The databases and their time. Not thread-safe: the state machine's lock is held.</summary>
internal sealed class KvStore
{
    /// <summary>How many databases there are, as in redis.</summary>
    public const int DatabaseCount = 16;

    /// <summary>How many expired keys one stamp removes at the most, so that a million keys which end together do not
    /// hold up other commands. They are not found either way.</summary>
    private const int MaxRemovedAtOnce = 10_000;

    private readonly KvDatabase[] _databases = new KvDatabase[DatabaseCount];

    /// <summary>Empty databases.</summary>
    public KvStore()
    {
        for (int i = 0; i < _databases.Length; i++)
        {
            _databases[i] = new KvDatabase(Time);
        }
    }

    /// <summary>The replicated time.</summary>
    public LogTime Time { get; } = new();

    /// <summary>Where the replicas are that were added later.</summary>
    public SortedDictionary<ulong, KvMember> Members { get; } = [];

    /// <summary>All databases, by their number.</summary>
    public ReadOnlySpan<KvDatabase> Databases => _databases;

    /// <summary>Starts a command: takes over the time that it carries, if it is a leader's, and lets keys end by
    /// it.</summary>
    public void Begin(in KvStamp stamp, long term)
    {
        Time.Begin(in stamp, term);
        if (!Time.IsStamped)
        {
            return;
        }

        int room = MaxRemovedAtOnce;
        foreach (KvDatabase database in _databases)
        {
            if (database.Expiring > 0)
            {
                room -= database.OnStamp(room);
            }
        }
    }
}
