using System;
using System.Collections.Generic;
using RaftEngine.Consensus;
using RaftEngine.Protocol;

namespace RaftEngine.Pipeline;

/// <summary>
/// How much of the log is given up behind a snapshot (Raft §7). A member that is sent a snapshot needs what follows it: while that is sent, and until the member has caught up,
/// the log behind it stays, as long as there is room. Without it the member needs the next snapshot, and may never catch up.
/// </summary>
internal sealed partial class Replica
{
    /// <summary>A member that has not answered for so long keeps no log from being given up.</summary>
    private static readonly TimeSpan RetentionPatience = TimeSpan.FromSeconds(15);

    private readonly List<(ulong Member, long Index)> _retained = []; // what follows the index is kept for the member
    private TimeSpan _retentionDue;
    private long _retentionsGivenUp;

    private void RetainFor(ulong member)
    {
        if (!_retained.Exists(retained => retained.Member == member))
        {
            _retained.Add((member, _snapshotIndex));
        }
    }

    private void ReleaseRetained(ulong member) => _retained.RemoveAll(retained => retained.Member == member);

    // What members need is given up where there is no room for it: a leader that takes no commands helps none of them.
    private void CompactLog()
    {
        _retentionDue = _now + _options.HeartbeatInterval;
        long target = Math.Min(_snapshotIndex, _log.LastIndexBehind(_options.RetainedLogBytes));
        long needed = LeastNeeded(target);
        bool isTight = _view.IsFull || (_options.MaxLogBytes != 0 && _log.SizeBytes + (2L * _options.SegmentSizeBytes) > _options.MaxLogBytes);
        if (needed < target && isTight)
        {
            _retentionsGivenUp += _retained.Count;
            _retained.Clear();
            needed = target;
        }

        long before = _log.FirstIndex;
        long readersBound = isTight ? long.MaxValue : _log.LastIndexBehind(_options.ReaderRetainedLogBytes);
        _log.CompactTo(Math.Max(before - 1, Readers.LimitCompaction(Math.Min(target, needed), readersBound)));
        if (_log.FirstIndex != before)
        {
            _view.Compacted();
        }
    }

    // Of those that are behind the target: up to where all of them have the log, or the snapshot.
    private long LeastNeeded(long target)
    {
        long needed = target;
        for (int i = _retained.Count - 1; i >= 0; i--)
        {
            (ulong member, long index) = _retained[i];
            Progress? peer = _core.Role == Role.Leader ? _core.PeerOf(member) : null;
            bool isGone = peer is null || peer.IsSuperseded || _now - peer.HeardAt > RetentionPatience;
            if (isGone || (member != _sendingTo && peer!.State == ProgressState.Replicate && peer.Match >= _snapshotIndex))
            {
                _retained.RemoveAt(i);
                continue;
            }

            needed = Math.Min(needed, Math.Max(index, peer!.Match));
        }

        return needed;
    }
}
