using System;
using System.Threading;
using RaftEngine.Samples.Kv.Store;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>
/// Tells a leader the log's time: what it had applied when it came to lead, and what has passed on its steady clock
/// since. The time before it led counts only as far as the leader
/// before has said, so that a key may live longer than it should, but never shorter. Thread-safe.
/// </summary>
internal sealed class LeaderClock(KvStateMachine store, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private long _term;
    private long _start;     // the clock's timestamp,
    private long _elapsed;   // and the log's time at that moment

    /// <summary>What time it is in a term that this node leads.</summary>
    public KvStamp Now(long term)
    {
        long applied = store.Elapsed;
        lock (_lock)
        {
            long elapsed = _elapsed + (long)clock.GetElapsedTime(_start).TotalMilliseconds;
            if (term != _term || applied > elapsed)
            {
                // A new term; or, in its first moments, what the leader before had said is only applied now.
                (_term, _start, _elapsed) = (term, clock.GetTimestamp(), applied);
                elapsed = applied;
            }

            return new KvStamp(term, elapsed, clock.GetUtcNow().ToUnixTimeMilliseconds());
        }
    }
}
