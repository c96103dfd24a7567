using System;
using System.Collections.Generic;
using System.Threading;
using RaftEngine.Host;
using RaftEngine.Log;

namespace RaftEngine.Pipeline;

/// <summary>
/// The readers of a node's log. The loop admits them in its batches, and from then on neither compacts nor replaces what one
/// of them reads. A named reader also holds the log from where it is. After it has closed, its name goes on holding
/// the log until it is opened again or given up, or until the bound is reached.
/// </summary>
internal sealed class LogReaders(SegmentedLog log, Action wakeLoop)
{
    /// <summary>How many may be open, and how many names may be held, at once.</summary>
    public const int Most = 64;

    private readonly Gate _gate = new();
    private readonly List<LogReader> _open = [];               // under _gate; the loop alone removes
    private readonly Dictionary<string, long> _closed = [];    // under _gate: names, and from where the log is held for each
    private Exception? _end;                                   // under _gate: the node has stopped
    private int _hasJoining;                                   // 1: the loop is to look for new ones

    // The loop's.
    private LogReader[] _admitted = [];

    /// <summary>True if a reader waits to be admitted, or has closed. The loop's.</summary>
    public bool HasWork => Volatile.Read(ref _hasJoining) != 0;

    /// <summary>True if a reader cut the last compaction short. The loop's.</summary>
    public bool HoldsLog { get; private set; }

    /// <summary>Opens a reader. Any thread.</summary>
    /// <exception cref="RaftOverloadedException">Too many are open, or too many names are held.</exception>
    /// <exception cref="InvalidOperationException">A reader of that name is open.</exception>
    /// <exception cref="RaftStoppedException">The node has stopped.</exception>
    public LogReader Open(long fromIndex, string? name)
    {
        LogReader reader = new(log, fromIndex, name);
        using (_gate.Enter())
        {
            if (_end is not null)
            {
                throw _end;
            }

            if (name is not null && _open.Exists(other => other.Name == name && !other.HasEnded))
            {
                throw new InvalidOperationException($"A reader named '{name}' is open. End its enumeration first, or choose another name.");
            }

            int others = _open.FindAll(static other => !other.HasEnded).Count + _closed.Count;
            if (others - (name is not null && _closed.ContainsKey(name) ? 1 : 0) >= Most)
            {
                throw new RaftOverloadedException("readers of the log, open or held by name", Most);
            }

            if (name is not null)
            {
                _closed.Remove(name);
            }

            _open.Add(reader);
            Volatile.Write(ref _hasJoining, 1); // release: pairs with the exchange in Work
        }

        wakeLoop();
        return reader;
    }

    /// <summary>Closes a reader, whose caller reads no more. Any thread.</summary>
    public void Close(LogReader reader)
    {
        using (_gate.Enter())
        {
            bool wasOpen = !reader.HasEnded;
            reader.TryEnd(new ObjectDisposedException(nameof(LogReader)));
            if (wasOpen && reader.Name is { } name)
            {
                _closed[name] = reader.NeededFrom;
            }

            Volatile.Write(ref _hasJoining, 1);
        }
    }

    /// <summary>Gives up what is held for a name. Any thread.</summary>
    /// <returns>False if nothing was, or its reader is open.</returns>
    public bool Forget(string name)
    {
        using (_gate.Enter())
        {
            return _closed.Remove(name);
        }
    }

    /// <summary>Publishes what is committed, after admitting new readers. The loop's, in each batch.</summary>
    public void Work(long commitIndex)
    {
        if (HasWork)
        {
            Admit();
        }

        foreach (LogReader reader in _admitted)
        {
            reader.PublishCommit(commitIndex);
        }
    }

    /// <summary>The highest index, up to one, that no reader reads. The loop's.</summary>
    public long ReleasedThrough(long index)
    {
        foreach (LogReader reader in _admitted)
        {
            index = Math.Min(index, reader.Position - 1);
        }

        return index;
    }

    /// <summary>Up to where the log may be compacted. Ends the readers that are behind that, and for which it does not wait. The
    /// loop's.</summary>
    /// <param name="target">Up to where it is to be compacted.</param>
    /// <param name="bound">Named readers that need what is before this index are not waited for.</param>
    public long LimitCompaction(long target, long bound)
    {
        Admit();
        long limit = target;
        using (_gate.Enter())
        {
            foreach (LogReader reader in _open)
            {
                if (reader.Name is not null && !reader.HasEnded && reader.NeededFrom > bound)
                {
                    limit = Math.Min(limit, reader.NeededFrom - 1);
                }
            }

            foreach ((string name, long needed) in _closed)
            {
                if (needed > bound)
                {
                    limit = Math.Min(limit, needed - 1);
                }
                else
                {
                    _closed.Remove(name);
                }
            }
        }

        long firstIndex = log.FirstIndexBehind(limit);
        foreach (LogReader reader in _admitted)
        {
            // One that is just reading comes next time.
            if (reader.Position < firstIndex && !reader.TryEnd(new LogCompactedException(reader.Position, firstIndex)))
            {
                limit = Math.Min(limit, reader.Position - 1);
            }
        }

        HoldsLog = limit < target;
        return limit;
    }

    /// <summary>Holds all readers, for the log to be replaced. The loop's.</summary>
    /// <returns>False if one is just reading: none is held.</returns>
    public bool TryHold()
    {
        Admit();
        if (Array.TrueForAll(_admitted, static reader => reader.TryHold()))
        {
            return true;
        }

        Release();
        return false;
    }

    /// <summary>Lets all readers go on; those that are before the log's beginning end. The loop's.</summary>
    public void Release()
    {
        foreach (LogReader reader in _admitted)
        {
            if (reader.Position < log.FirstIndex)
            {
                reader.TryEnd(new LogCompactedException(reader.Position, log.FirstIndex));
            }

            reader.Release();
        }
    }

    /// <summary>Ends all, also those that come later, and returns once none reads. After the loop has ended.</summary>
    public void EndAll(Exception end)
    {
        LogReader[] all;
        using (_gate.Enter())
        {
            _end = end;
            all = [.. _open];
        }

        SpinWait spin = default;
        foreach (LogReader reader in all)
        {
            while (!reader.TryEnd(end))
            {
                spin.SpinOnce();
            }
        }
    }

    private void Admit()
    {
        if (Interlocked.Exchange(ref _hasJoining, 0) == 0)
        {
            return;
        }

        using (_gate.Enter())
        {
            _open.RemoveAll(static reader => reader.HasEnded);
            _admitted = [.. _open];
        }

        foreach (LogReader reader in _admitted)
        {
            if (reader.Position < log.FirstIndex)
            {
                reader.TryEnd(new LogCompactedException(reader.Position, log.FirstIndex));
            }

            reader.Admit();
        }
    }
}
