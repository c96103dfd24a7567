namespace RaftEngine.Pipeline;

/// <summary>When a leader appends entries about fingerprints: one that asks all replicas for theirs, and, once it has applied
/// that itself, one with its own. The loop's.</summary>
internal sealed class FingerprintSchedule(int interval)
{
    private long _term;  // that this node leads
    private long _asked; // the index of the entry that asks; 0: the answer is in the log
    private long _next;  // the index from which the next one is due

    /// <summary>The last index from which <see cref="IsDue"/> is to be asked before more is appended.</summary>
    public long DueFrom => interval == 0 || _asked != 0 ? long.MaxValue : _next;

    /// <summary>What to append next.</summary>
    /// <param name="term">The term that this node leads.</param>
    /// <param name="lastIndex">The log's last index.</param>
    /// <param name="own">What this node has taken.</param>
    /// <param name="index">0 to ask; otherwise the index at which this node has taken its fingerprint.</param>
    /// <param name="fingerprint">The fingerprint.</param>
    /// <returns>False if nothing is due.</returns>
    public bool IsDue(long term, long lastIndex, StateFingerprint own, out long index, out ulong fingerprint)
    {
        if (term != _term)
        {
            (_term, _asked, _next) = (term, 0, lastIndex + interval);
        }

        index = _asked;
        fingerprint = 0;
        return interval != 0 && (_asked != 0 ? own.TryGet(_asked, out fingerprint) : lastIndex >= _next);
    }

    /// <summary>What was due is in the log, at an index.</summary>
    public void Appended(long index)
    {
        _asked = _asked == 0 ? index : 0;
        _next = _asked == 0 ? _next : index + interval;
    }
}
