using System;

namespace RaftEngine.Pipeline;

/// <summary>
/// What a caller waits for, as the pipeline sees it: a proposal or a read. The pipeline ends it exactly once; a second
/// attempt to end it is ignored.
/// </summary>
internal abstract class Operation
{
    /// <summary>Where the operation stands in its pool's table while it is in flight: its name in the inbox. The caller's, before it is published.</summary>
    public int Slot { get; set; }

    /// <summary>A proposal: its entry's index, 0 before it has one. A read: the index to be applied first. Set by the loop.</summary>
    public long Index { get; set; }

    /// <summary>A proposal: its entry's term, so that no other entry at that index is taken for it. Set by the loop.</summary>
    public long Term { get; set; }

    /// <summary>A read: the round that confirms it. Set by the loop.</summary>
    public ulong ReadRound { get; set; }

    /// <summary>When it is given up if it still waits for other nodes. Set by the loop.</summary>
    public TimeSpan Deadline { get; set; }

    /// <summary>The next operation of an intrusive list; a list's owner sets it.</summary>
    public Operation? Next { get; set; }

    /// <summary>A proposal: what is noted of its latency; null if it is not sampled. Set by the caller before it is
    /// published, and by its last holder.</summary>
    public LatencySample? Sample { get; set; }

    /// <summary>How often a <see cref="LatencySampler"/> has looked at the operation, from a number on that tells operations apart. The caller's, before it is published.</summary>
    public int SamplerUses { get; set; }

    /// <summary>Ends the operation with an error.</summary>
    /// <param name="exception">What the caller's await throws.</param>
    public abstract void Fail(Exception exception);

    /// <summary>Runs the continuation of the caller of an operation that has ended, on the calling thread, once.
    /// </summary>
    public abstract void Deliver();

    /// <summary>Ends the operation because its outcome cannot be known any more.</summary>
    /// <param name="cause">The error behind it, if there is one.</param>
    public void FailUnknown(Exception? cause = null) => Fail(new OutcomeUnknownException(Index, cause));
}
