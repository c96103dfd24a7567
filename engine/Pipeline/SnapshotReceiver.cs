using System;
using RaftEngine.Protocol;
using RaftEngine.Snapshots;
using RaftEngine.Storage;

namespace RaftEngine.Pipeline;

/// <summary>
/// Takes in a snapshot that the leader sends: writes the pieces that continue what is there, and answers each message with what it wants next. Once the snapshot is whole and on
/// disk under its own name, the loop is told; once the log has given way to it, the leader. The transfer thread's.
/// </summary>
internal sealed class SnapshotReceiver(SnapshotStore store, RaftOptions options, TransferChannel toLoop) : IDisposable
{
    private IncomingSnapshot? _incoming;
    private bool _hasLookedForUnfinished;
    private (ulong Leader, long Index, long Length) _arrived; // the last one that arrived whole
    private long _installed; // the index of the last one that the log has given way to

    /// <summary>Takes pieces, and answers.</summary>
    /// <exception cref="StorageFailedException">The operating system refused, for another reason than that there is no room.</exception>
    public void TakePieces(in Message message, ReadOnlySpan<byte> pieces)
    {
        if (message.Index <= _arrived.Index)
        {
            // Repeated while the log gives way, or after: until it has, the leader is to wait, and asks again.
            bool isDone = message.Index == _arrived.Index && _installed == _arrived.Index;
            Answer(message.From, message.Index, isDone ? _arrived.Length : message.LastIndex, isRejected: message.Index < _arrived.Index);
            return;
        }

        try
        {
            long next = Add(in message, pieces);
            if (_incoming is { IsComplete: true })
            {
                Complete(message.From);
                next = message.LastIndex;
            }

            Answer(message.From, message.Index, next, isRejected: next < 0);
        }
        catch (StorageFailedException e) when (e.IsOutOfSpace)
        {
            GiveUp();
            Answer(message.From, message.Index, 0, isRejected: true);
        }
    }

    /// <summary>The log has given way to a snapshot that had arrived, or needs it no more.</summary>
    /// <param name="index">Its index.</param>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public void Installed(long index)
    {
        _installed = index;
        store.DeleteOlder();
        if (index == _arrived.Index)
        {
            Answer(_arrived.Leader, index, _arrived.Length, isRejected: false);
        }
    }

    public void Dispose() => _incoming?.Dispose();

    // Where to go on; -1 if this snapshot cannot be taken at all.
    private long Add(in Message message, ReadOnlySpan<byte> pieces)
    {
        if (message.LastIndex == 0)
        {
            return Begin(in message, pieces);
        }

        if (_incoming is null || _incoming.Header.Index != message.Index || _incoming.Header.Chain != message.PreviousChain)
        {
            return 0; // of something that was begun before a restart, or given up: from the start
        }

        bool isTaken = _incoming.TryAdd(message.LastIndex, pieces);
        return !isTaken && _incoming.NextOffset + pieces.Length > options.MaxSnapshotBytes ? -1 : _incoming.NextOffset;
    }

    private long Begin(in Message message, ReadOnlySpan<byte> pieces)
    {
        SnapshotHeader header;
        try
        {
            header = SnapshotFormat.Read(pieces, IncomingSnapshot.Name, out _);
        }
        catch (SnapshotCorruptedException)
        {
            return 0;
        }

        bool isOurs = header.ClusterId == options.ClusterId && header.GroupId == options.GroupId;
        if (!isOurs || (header.Index, header.Term, header.Chain) != (message.Index, message.IndexTerm, message.PreviousChain))
        {
            return -1;
        }

        if (!_hasLookedForUnfinished)
        {
            _hasLookedForUnfinished = true;
            _incoming = IncomingSnapshot.TryResume(store.Directory, options.MaxSnapshotBytes);
        }

        if (_incoming?.Header != header)
        {
            GiveUp();
            _incoming = IncomingSnapshot.Begin(store.Directory, pieces, options.MaxSnapshotBytes);
        }

        return _incoming.NextOffset;
    }

    private void Complete(ulong leader)
    {
        IncomingSnapshot whole = _incoming!;
        _incoming = null;
        using (whole)
        {
            whole.Complete();
        }

        _arrived = (leader, whole.Header.Index, whole.NextOffset);
        toLoop.Tell(new TransferEvent(TransferEventKind.Arrived, leader, whole.Header.Index, whole.Header));
    }

    private void GiveUp()
    {
        _incoming?.Dispose();
        _incoming = null;
        if (Array.IndexOf(store.Directory.List(), IncomingSnapshot.Name) >= 0)
        {
            store.Directory.Delete(IncomingSnapshot.Name);
        }
    }

    private void Answer(ulong leader, long index, long nextOffset, bool isRejected) => toLoop.Send(
        new Message { Kind = MessageKind.SnapshotResponse, To = leader, Index = index, LastIndex = Math.Max(0, nextOffset), Rejected = isRejected }, default);
}
