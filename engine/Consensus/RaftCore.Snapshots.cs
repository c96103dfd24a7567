using System;
using System.Collections.Generic;
using RaftEngine.Protocol;

namespace RaftEngine.Consensus;

/// <summary>
/// Snapshots (Raft §7): when a leader sends one, and what a follower does with one that has arrived. How the bytes are made, kept and carried is the
/// caller's.
/// </summary>
internal sealed partial class RaftCore
{
    /// <summary>
    /// The snapshot that was asked for (a message of kind <see cref="MessageKind.InstallSnapshot"/> out of <see cref="Collect"/>) is whole at the
    /// peer. What it has not acknowledged by itself by now is found by probing.
    /// </summary>
    /// <param name="nodeId">The peer.</param>
    /// <param name="index">The last index that the snapshot stands for.</param>
    public void ReportSnapshotSent(ulong nodeId, long index)
    {
        FollowConfiguration();
        if (Role == Role.Leader && PositionOf(nodeId) is int position and >= 0 && _progress[position].State == ProgressState.Snapshot)
        {
            _progress[position].BecomeProbe(Math.Clamp(index, _log.FirstIndex - 1, _log.LastIndex) + 1);
        }
    }

    /// <summary>The snapshot did not get through, or could not be sent. It is asked for again after the peer has been heard from.</summary>
    /// <param name="nodeId">The peer.</param>
    public void ReportSnapshotFailed(ulong nodeId)
    {
        FollowConfiguration();
        if (Role == Role.Leader && PositionOf(nodeId) is int position and >= 0 && _progress[position].State == ProgressState.Snapshot)
        {
            _progress[position].SnapshotFailed();
        }
    }

    // The message says the least that the snapshot must stand for; the caller sends the latest that it has, and says so in the message that it makes of it.
    private void CollectSnapshotRequest(Progress peer, List<Message> outbox)
    {
        if (peer.State != ProgressState.Snapshot)
        {
            peer.BecomeSnapshot();
        }

        peer.SnapshotRequested();
        outbox.Add(MessageTo(peer, MessageKind.InstallSnapshot) with { Index = _log.FirstIndex - 1, IndexTerm = _log.TermAt(_log.FirstIndex - 1) });
    }

    // Figure 13, receiver implementation, once the last chunk has arrived. Everything before the snapshot's index is committed. Whatever is done, the
    // leader is told how far this log equals its own, so that it goes on from there.
    private LogOrder HandleInstallSnapshot(in Message message, int sender)
    {
        if (!HearLeader(in message, sender))
        {
            return default;
        }

        _answerDue = true;
        if (message.Index <= CommitIndex)
        {
            if (message.Index >= _log.FirstIndex - 1 && _log.TermAt(message.Index) != message.IndexTerm)
            {
                ThrowCommittedDiffers(in message, message.Index, message.IndexTerm);
            }

            return default; // An older snapshot: it would take back what is committed, and perhaps applied, here.
        }

        bool isHere = message.Index <= _log.LastIndex && _log.TermAt(message.Index) == message.IndexTerm;
        if (!isHere && message.Index <= _matched && IsCommittedDisputed(in message, message.Index, message.IndexTerm, sender))
        {
            return default;
        }

        CommitIndex = message.Index;
        _matched = Math.Max(_matched, message.Index);

        // Rule 6: a log that has the snapshot's last entry has all before it (Log Matching), and keeps what follows. Rule 7: any other log is of no
        // use, whatever it has.
        return isHere ? default : new LogOrder(TruncateFrom: 0, AppendFrom: 0, AppendNoOp: false, ResetLog: true);
    }
}
