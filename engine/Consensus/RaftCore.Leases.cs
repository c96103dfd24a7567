using System;
using RaftEngine.Protocol;

namespace RaftEngine.Consensus;

/// <summary>Reads that ask no other node: under a leader's lease (thesis §6.4.1), and on a follower within a bound of
/// staleness.</summary>
/// <remarks>
/// A lease rests on the voters' silence: a voter that answers a heartbeat takes no part in an election for an election
/// timeout, the shortest that there can be or longer, from when it heard it (thesis §4.2.3), which is not before it was
/// sent. So for the shortest one after the sending of the heartbeats that a majority has answered no other leader can
/// come up, measured by clocks that go apart by <see cref="CoreOptions.LeaseDrift"/> at most. A node that has restarted
/// keeps silent as if it had just heard a leader. Handing over leadership breaks the silence, so it ends the lease.
/// </remarks>
internal sealed partial class RaftCore
{
    // The index that a read at the leader would have waited for when this node last heard of it, and when that was; and the last time of which this
    // node is known to have had everything committed then.
    private long _leaderReadIndex;
    private TimeSpan _leaderReadIndexHeardAt = TimeSpan.MinValue;
    private TimeSpan _currentAt = TimeSpan.MinValue;

    /// <summary>
    /// A linearizable read without asking anybody, if this leader's lease lasts and it has committed an entry of its term (Raft §8).
    /// </summary>
    /// <param name="now">The time, taken after the read was asked for.</param>
    /// <param name="readIndex">The index to await in the state machine.</param>
    /// <returns>False if there is no lease: ask for a read round instead.</returns>
    public bool TryLeaseRead(TimeSpan now, out long readIndex)
    {
        AdvanceClock(now);
        FollowConfiguration();
        readIndex = CommitIndex;
        return Role == Role.Leader && CommitIndex >= _noOpIndex && TransferTarget == 0 && !_timeoutNowSent && !IsStepDownDue && _now < LeaseEnd();
    }

    /// <summary>
    /// A read that may be stale: everything is visible that the leader knew to be committed a given time ago, as far as this node has heard of it.
    /// That time does not include how long the leader's message was on its way, nor the election timeout for which a leader that is cut off does not
    /// know that it is no more.
    /// </summary>
    /// <param name="maxStaleness">How long ago at the most; not negative.</param>
    /// <param name="now">The time.</param>
    /// <param name="readIndex">The index to await in the state machine.</param>
    /// <returns>False if this node has not heard what was committed since.</returns>
    public bool TryStaleRead(TimeSpan maxStaleness, TimeSpan now, out long readIndex)
    {
        AdvanceClock(now);
        FollowConfiguration();
        readIndex = CommitIndex;
        if (Role == Role.Leader)
        {
            return CommitIndex >= _noOpIndex;
        }

        if (_leaderReadIndexHeardAt > _currentAt && CommitIndex >= _leaderReadIndex)
        {
            _currentAt = _leaderReadIndexHeardAt;
        }

        return _currentAt != TimeSpan.MinValue && _now - _currentAt <= maxStaleness;
    }

    private TimeSpan LeaseEnd()
    {
        TimeSpan start = AnsweredFrom();
        return start == TimeSpan.MinValue ? start : start + _options.ElectionTimeout - _options.LeaseDrift;
    }

    // When the latest heartbeats that a majority has answered were sent.
    private TimeSpan AnsweredFrom()
    {
        Span<long> from = stackalloc long[_progress.Length];
        for (int i = 0; i < from.Length; i++)
        {
            from[i] = i == _countedPosition ? _now.Ticks : _progress[i].LeaseFrom.Ticks;
        }

        return new TimeSpan(_electorate.Reached(from));
    }

    // What was heard before is kept until this node has it, so that one that is always a little behind is known to be only that.
    private void HearReadIndex(long index)
    {
        if (CommitIndex >= _leaderReadIndex)
        {
            _currentAt = _leaderReadIndexHeardAt > _currentAt ? _leaderReadIndexHeardAt : _currentAt;
            _leaderReadIndex = index;
            _leaderReadIndexHeardAt = _now;
        }
    }
}
