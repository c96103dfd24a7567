using System;
using RaftEngine.Protocol;

namespace RaftEngine.Consensus;

/// <summary>
/// Nodes that acknowledge entries before these are on disk: what a loss of power takes from them is sent again, and until it is, they do not help to
/// elect a leader that lacks it.
/// </summary>
/// <remarks>
/// <para>A run of a node is what it acknowledges by. A leader counts the acknowledgments of one run of a peer at a time. When it learns of a later
/// run, all that the earlier ones acknowledged counts no more, and is sent again as far as the peer lacks it.</para>
/// <para>A node whose earlier run may have lost the end of its log is in doubt. It votes and stands for election, but a majority must be had without
/// the votes of such nodes: a committed entry is in the logs of a majority, less those in doubt, and a majority without those in doubt has a
/// node in common with that. Only if every voter grants its vote do they all count: then the entry is lost only if a majority has lost it. A node is
/// no longer in doubt once a leader that goes by its present run has told it what may be committed by then, and it has all of that: whatever an
/// earlier run acknowledged, that leader has counted it before, or never will.</para>
/// </remarks>
internal sealed partial class RaftCore
{
    // What this run's answers to a leader name; 0 if nothing that a run of this node has acknowledged can be missing, now or later.
    private readonly ulong _acknowledgingRun;

    // All that an earlier run may have helped to commit is at or before this index; MaxValue while no leader of this term has told.
    private long _doubtEnd = long.MaxValue;

    /// <summary>True while this node may lack entries that an earlier run has acknowledged.</summary>
    public bool IsTailInDoubt { get; private set; }

    private ulong RunInDoubt => IsTailInDoubt ? _options.Run : 0;

    // The leader's heartbeat goes by this run: what it says of this node's log, this run has acknowledged.
    private bool IsForThisRun(in Message heartbeat) => heartbeat.Run == _acknowledgingRun;

    // Once a batch, with what is acknowledged: whatever may be missing is here again.
    private void EndDoubt(long acknowledged)
    {
        if (acknowledged >= _doubtEnd)
        {
            IsTailInDoubt = false;
            _doubtEnd = long.MaxValue;
        }
    }

    // A leader's: true if an answer is of the run that it goes by, so that what the answer acknowledges counts.
    private bool IsOfKnownRun(Progress peer, in Message answer)
    {
        if (answer.Run == peer.Run)
        {
            return true;
        }

        if (peer is { Run: 0, Match: 0 })
        {
            peer.Run = answer.Run; // nothing of any run has been counted in this term
            return true;
        }

        // Runs have no order, and an answer may be late. But to what is asked from now on, only the run that this leader goes by, or a later one, can answer.
        if (peer.RunAskedIn == 0)
        {
            _readRequested = true;
            peer.AskForRun(_readRound + 1);
        }
        else if (answer.Kind == MessageKind.HeartbeatResponse && answer.ReadRound >= peer.RunAskedIn && answer.ReadRound <= _readRound)
        {
            peer.BeginRun(answer.Run, _log.LastIndex + 1, _now);
            return true;
        }

        return false;
    }
}
