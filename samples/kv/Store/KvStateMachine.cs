using System;
using System.Buffers;
using System.Collections.Generic;
using System.IO;
using System.Threading;

namespace RaftEngine.Samples.Kv.Store;

/// <summary>
/// The replicated databases. The node's apply thread changes them and connection threads read them, both under one lock
/// that is held for one command or one read.
/// Deterministic: what a command does depends on the commands before it, and on the time that a leader has written into
/// them, and on nothing else. That a command which is sent
/// twice is applied once is the engine's doing, and all that it needs from here is that results can be written down.
/// </summary>
internal sealed class KvStateMachine : ISnapshotStateMachine<KvResult>, IResultFormat<KvResult>
{
    /// <summary>The longest value, in bytes; APPEND and SETRANGE cannot grow one beyond it.</summary>
    public const int MaxValueBytes = 8 << 20;

    private readonly Lock _lock = new();
    private readonly KvStore _store = new();
    private readonly TimeProvider _clock;
    private (int Offset, int Length)[] _places = new (int Offset, int Length)[16];
    private long _stampedAt; // the time provider's, when the last stamp was applied: only to show how long keys have to live

    /// <summary>Empty databases.</summary>
    /// <param name="clock">The clock by which the time between two stamps is estimated where it is shown; the system's
    /// by default.</param>
    public KvStateMachine(TimeProvider? clock = null)
    {
        _clock = clock ?? TimeProvider.System;
        _stampedAt = _clock.GetTimestamp();
    }

    /// <summary>Called under the lock when a key has got an end. Must return at once.</summary>
    public Action? DeadlineAdded { get; set; }

    /// <summary>Called under the lock with each replica that was added, and with all of them when a snapshot is
    /// restored. Must return at once.</summary>
    public Action<KvMember>? MemberAdded { get; set; }

    /// <summary>The log's time, in milliseconds.</summary>
    public long Elapsed
    {
        get
        {
            lock (_lock)
            {
                return _store.Time.Elapsed;
            }
        }
    }

    /// <inheritdoc/>
    public KvResult Apply(in LogEntry entry) => Apply(entry.Payload, entry.Term);

    /// <summary>Applies one command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="term">The term that it was appended in.</param>
    public KvResult Apply(ReadOnlySpan<byte> command, long term = 0)
    {
        if (!KvCommandReader.TryOpen(command, out KvCommandKind kind, out KvCommandFlags flags, out KvCommandReader reader))
        {
            return new KvResult(KvOutcome.Malformed);
        }

        lock (_lock)
        {
            if (kind is KvCommandKind.Call or KvCommandKind.Transaction or KvCommandKind.Stamp)
            {
                return ApplyTimed(command, kind, flags, ref reader, term);
            }

            _store.Begin(default, term);
            if (kind == KvCommandKind.Member)
            {
                return AddMember(ref reader);
            }

            return BasicCommands.Apply(_store.Databases[0], kind, flags, ref reader);
        }
    }

    /// <summary>Executes a call that only reads.</summary>
    public KvResult Read(KvOperation operation, int database, KvArguments arguments)
    {
        switch (operation)
        {
            case KvOperation.Keys:
                return KeyOperations.Keys(LiveKeys(database), arguments[1]);
            case KvOperation.Scan:
                return Scan(database, arguments);
            case KvOperation.CountKeysInSlot:
            case KvOperation.GetKeysInSlot:
                return KeyOperations.InSlot(LiveKeys(database), arguments, operation == KvOperation.CountKeysInSlot);
            default:
                lock (_lock)
                {
                    long sinceStamp = (long)_clock.GetElapsedTime(_stampedAt).TotalMilliseconds;
                    return KvOperations.Execute(operation, new KvCall(_store, database, arguments, _store.Time.Elapsed + sinceStamp));
                }
        }
    }

    /// <summary>The versions of keys, for a transaction that is to find them unchanged.</summary>
    public long VersionOf(int database, ReadOnlySpan<byte> key)
    {
        lock (_lock)
        {
            return _store.Databases[database].VersionOf(key);
        }
    }

    /// <summary>How many keys a database has, and how many of them have an end.</summary>
    public (int Keys, int Expiring) CountOf(int database)
    {
        lock (_lock)
        {
            return (_store.Databases[database].Count, _store.Databases[database].Expiring);
        }
    }

    /// <summary>What a leader needs to know to let keys end.</summary>
    public KvExpirySummary SummarizeExpiry()
    {
        lock (_lock)
        {
            long next = KvExpiry.Waiting;
            bool isWaiting = false;
            bool any = false;
            foreach (KvDatabase database in _store.Databases)
            {
                next = Math.Min(next, database.NextDeadline);
                isWaiting |= database.IsWaiting;
                any |= database.Expiring > 0;
            }

            return new KvExpirySummary(_store.Time.Elapsed, next, isWaiting, any);
        }
    }

    /// <inheritdoc/>
    public Action<Stream> CaptureSnapshot()
    {
        lock (_lock)
        {
            return KvSnapshot.Capture(_store).WriteTo;
        }
    }

    /// <inheritdoc/>
    public void RestoreSnapshot(Stream stream)
    {
        lock (_lock)
        {
            foreach (KvDatabase database in _store.Databases)
            {
                database.Clear();
            }

            _store.Members.Clear();
            KvSnapshot.Read(stream, _store);
            _stampedAt = _clock.GetTimestamp();
            DeadlineAdded?.Invoke();
            foreach (KvMember member in _store.Members.Values)
            {
                MemberAdded?.Invoke(member);
            }
        }
    }

    /// <inheritdoc/>
    public void WriteResult(KvResult result, IBufferWriter<byte> destination) => result.WriteTo(destination);

    /// <inheritdoc/>
    public KvResult ReadResult(ReadOnlySpan<byte> bytes) => KvResult.Read(bytes);

    /// <summary>Opens database 0 for reading; what is read until it is closed is one consistent state. Close it soon:
    /// the apply thread waits.</summary>
    public Reader OpenRead() => new(this);

    private KvResult AddMember(ref KvCommandReader reader)
    {
        if (!KvMember.TryRead(ref reader, out KvMember member))
        {
            return new KvResult(KvOutcome.Malformed);
        }

        _store.Members[member.Id] = member;
        MemberAdded?.Invoke(member);
        return KvResult.Done;
    }

    private KvResult ApplyTimed(ReadOnlySpan<byte> command, KvCommandKind kind, KvCommandFlags flags, ref KvCommandReader reader, long term)
    {
        if (!reader.TryReadStamp(flags, out KvStamp stamp) || (kind == KvCommandKind.Stamp && !reader.AtEnd))
        {
            return new KvResult(KvOutcome.Malformed);
        }

        KvCommandReader calls = reader;
        if (kind == KvCommandKind.Call
            ? !(reader.TryReadCall(command, out _, out _, ref _places, out _) && reader.AtEnd)
            : kind == KvCommandKind.Transaction && !Transactions.IsWhole(command, reader, ref _places))
        {
            return new KvResult(KvOutcome.Malformed);
        }

        _store.Begin(in stamp, term);
        _stampedAt = _store.Time.IsStamped ? _clock.GetTimestamp() : _stampedAt;
        KvResult result = kind switch
        {
            KvCommandKind.Call => Execute(command, ref calls),
            KvCommandKind.Transaction => Transactions.Execute(_store, command, calls, ref _places),
            _ => KvResult.Done,
        };
        if (_store.Time.HasNewDeadline)
        {
            _store.Time.HasNewDeadline = false;
            DeadlineAdded?.Invoke();
        }

        return result;
    }

    private KvResult Execute(ReadOnlySpan<byte> command, ref KvCommandReader reader)
    {
        reader.TryReadCall(command, out byte database, out KvOperation operation, ref _places, out int count);
        KvArguments arguments = new(command, _places.AsSpan(0, count));
        return KvOperations.Execute(operation, new KvCall(_store, database, arguments, _store.Time.Elapsed));
    }

    private byte[][] LiveKeys(int database)
    {
        lock (_lock)
        {
            return _store.Databases[database].LiveKeys();
        }
    }

    /// <summary>The index is made and kept by the first call of a scan, so that a whole scan looks at each key once; it
    /// is sorted outside of the lock.</summary>
    private KvResult Scan(int database, KvArguments arguments)
    {
        KvDatabase scanned;
        ScanIndex? index;
        byte[][] keys = [];
        long changes;
        bool isStart = arguments[1].SequenceEqual("0"u8);
        lock (_lock)
        {
            scanned = _store.Databases[database];
            changes = scanned.Changes;
            index = isStart && scanned.Scan?.Changes != changes ? null : scanned.Scan;
            keys = index is null ? scanned.LiveKeys() : keys;
        }

        index ??= new ScanIndex(keys, changes);
        KvResult result = KeyOperations.Scan(index, arguments);
        bool goesOn = result.Items is { } items && items[0].Value.AsSpan([]) is not [(byte)'0'];
        lock (_lock)
        {
            scanned.Scan = goesOn ? index : null;
            return result.Items is { } scan && changes != scanned.Changes ? OnlyLive(scanned, scan) : result;
        }
    }

    // What the index still has, and the database no longer does, is left out.
    private static KvResult OnlyLive(KvDatabase database, KvResult[] scan) => KvResult.FromItems(
    [
        scan[0],
        KvResult.FromItems(Array.FindAll(scan[1].Items!, key => database.TryGet(key.Value.Bytes, out _))),
    ]);

    /// <summary>Reads of one consistent state. Holds the lock until it is disposed.</summary>
    internal ref struct Reader
    {
        private readonly KvDatabase _database;
        private Lock.Scope _scope;

        /// <summary>Takes the lock.</summary>
        public Reader(KvStateMachine owner)
        {
            _database = owner._store.Databases[0];
            _scope = owner._lock.EnterScope();
        }

        /// <summary>How many keys there are.</summary>
        public readonly int Count => _database.Count;

        /// <summary>Finds a key's value, which stays valid after the reader is closed.</summary>
        public readonly bool TryGet(ReadOnlySpan<byte> key, out KvValue value)
        {
            bool found = _database.TryGet(key, out KvItem item);
            value = item.Value;
            return found;
        }

        /// <summary>Every key and what it holds, in no particular order.</summary>
        public readonly Dictionary<byte[], KvItem>.Enumerator GetEnumerator() => _database.GetEnumerator();

        /// <summary>Gives the lock back.</summary>
        public void Dispose() => _scope.Dispose();
    }
}
