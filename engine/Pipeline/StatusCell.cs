using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Host;
using RaftEngine.Protocol;

namespace RaftEngine.Pipeline;

/// <summary>
/// The node's status: written by the loop after its batches, read by any thread, whole, without a lock (a sequence
/// lock). A thread can also wait for a status that meets a condition.
/// </summary>
internal sealed class StatusCell
{
    private readonly RaftPeerStatus[] _peers = new RaftPeerStatus[Configuration.MaxMembers];
    private RaftStatus _status;
    private int _peerCount;
    private int _isLeader;
    private int _version; // odd while the loop writes

    private readonly Gate _gate = new();
    private readonly List<Waiter> _waiters = []; // under _gate
    private Exception? _end; // under _gate: set once no status follows
    private int _waiterCount; // written under _gate, read by the loop

    /// <summary>Publishes a status. The loop's.</summary>
    /// <param name="status">The status.</param>
    public void Publish(in RaftStatus status)
    {
        BeginWriting();
        _status = status;
        EndWriting();
        Volatile.Write(ref _isLeader, status.Role == RaftRole.Leader ? 1 : 0); // pairs with the read in IsLeader
        Interlocked.MemoryBarrier(); // pairs with the increment in WaitAsync: this sees the waiter, or it sees this status
        if (Volatile.Read(ref _waiterCount) != 0)
        {
            EndWaits(in status);
        }
    }

    /// <summary>True if the node led at the end of the last batch. Any thread.</summary>
    public bool IsLeader => Volatile.Read(ref _isLeader) != 0; // nothing else goes with it

    /// <summary>Waits until a status meets a condition. Any thread.</summary>
    /// <param name="condition">Called on the loop's thread after each of its batches, and once here: it must be quick.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task that ends with that status, or with the failure given to <see cref="End"/>.</returns>
    public Task<RaftStatus> WaitAsync(Predicate<RaftStatus> condition, CancellationToken cancellationToken)
    {
        Waiter waiter = new(condition);
        using (_gate.Enter())
        {
            if (_end is not null)
            {
                return Task.FromException<RaftStatus>(_end);
            }

            _waiters.Add(waiter);
            Interlocked.Increment(ref _waiterCount); // a full fence: pairs with the one in Publish
        }

        RaftStatus status = Read();
        if (condition(status))
        {
            Remove(waiter);
            return Task.FromResult(status);
        }

        if (cancellationToken.CanBeCanceled)
        {
            CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
                _ =>
                {
                    Remove(waiter);
                    waiter.Source.TrySetCanceled(cancellationToken);
                },
                null);
            _ = waiter.Source.Task.ContinueWith(
                static (_, registration) => ((CancellationTokenRegistration)registration!).Dispose(),
                registration,
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
        }

        return waiter.Source.Task;
    }

    /// <summary>Ends every wait, also those that come later: no status follows.</summary>
    public void End(Exception failure)
    {
        Waiter[] waiters;
        using (_gate.Enter())
        {
            _end ??= failure;
            waiters = [.. _waiters];
            _waiters.Clear();
            Volatile.Write(ref _waiterCount, 0); // pairs with the read in Publish
        }

        foreach (Waiter waiter in waiters)
        {
            waiter.Source.TrySetException(failure);
        }
    }

    /// <summary>Publishes what is known of the other members. The loop's.</summary>
    /// <param name="peers">One for each.</param>
    public void PublishPeers(ReadOnlySpan<RaftPeerStatus> peers)
    {
        BeginWriting();
        peers.CopyTo(_peers);
        _peerCount = peers.Length;
        EndWriting();
    }

    /// <summary>The last status published. Any thread.</summary>
    public RaftStatus Read()
    {
        SpinWait spin = default;
        while (true)
        {
            int before = Volatile.Read(ref _version); // acquire: pairs with the release in EndWriting
            RaftStatus status = _status;
            if (IsUnchangedSince(before))
            {
                return status;
            }

            spin.SpinOnce();
        }
    }

    /// <summary>What was last published of the other members. Any thread.</summary>
    public RaftPeerStatus[] ReadPeers()
    {
        SpinWait spin = default;
        while (true)
        {
            int before = Volatile.Read(ref _version); // acquire: pairs with the release in EndWriting
            RaftPeerStatus[] peers = _peers.AsSpan(0, _peerCount).ToArray();
            if (IsUnchangedSince(before))
            {
                return peers;
            }

            spin.SpinOnce();
        }
    }

    private void EndWaits(in RaftStatus status)
    {
        using (_gate.Enter())
        {
            for (int i = _waiters.Count - 1; i >= 0; i--)
            {
                if (_waiters[i].Condition(status))
                {
                    _waiters[i].Source.TrySetResult(status); // continuations run elsewhere
                    _waiters.RemoveAt(i);
                }
            }

            Volatile.Write(ref _waiterCount, _waiters.Count); // pairs with the read in Publish
        }
    }

    private void Remove(Waiter waiter)
    {
        using (_gate.Enter())
        {
            _waiters.Remove(waiter);
            Volatile.Write(ref _waiterCount, _waiters.Count); // pairs with the read in Publish
        }
    }

    private void BeginWriting()
    {
        Volatile.Write(ref _version, _version + 1);
        Interlocked.MemoryBarrier(); // the odd version is seen before any new field
    }

    private void EndWriting() => Volatile.Write(ref _version, _version + 1); // release: pairs with the acquires in the reads

    private bool IsUnchangedSince(int version)
    {
        Interlocked.MemoryBarrier(); // the fields are read before the version is read again
        return (version & 1) == 0 && Volatile.Read(ref _version) == version;
    }

    private sealed record Waiter(Predicate<RaftStatus> Condition)
    {
        public TaskCompletionSource<RaftStatus> Source { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
