namespace RaftEngine.Pipeline;

/// <summary>
/// When one sampled command came how far, on the node that leads, in ticks of its sampler's clock; 0 is never. It
/// belongs to the holder of the command: the caller; the loop, from the ring on; the apply stage, from the published
/// commit index on; the caller again, once the result is set. What hands the <see cref="Operation"/> over, with release
/// and acquire, hands this over too.
/// </summary>
/// <param name="sampler">Whose it is.</param>
internal sealed class LatencySample(LatencySampler sampler)
{
    /// <summary>The command's index. The loop's.</summary>
    public long Index { get; set; }

    /// <summary>It was proposed. The caller's.</summary>
    public long Called { get; set; }

    /// <summary>The loop took it from the ring. The loop's, as the next five.</summary>
    public long Taken { get; set; }

    /// <summary>The group that it is in was in the log's file.</summary>
    public long Written { get; set; }

    /// <summary>The requests of its batch were handed to the transport, or no peer had to be asked: it was committed
    /// before.</summary>
    public long Sent { get; set; }

    /// <summary>This node's own sync of it had returned, and the loop knew; 0 if it was committed before, so that no
    /// stage waited for it.</summary>
    public long Durable { get; set; }

    /// <summary>The loop knew that it was committed.</summary>
    public long Committed { get; set; }

    /// <summary>The loop handed it to the apply stage, at the end of that batch.</summary>
    public long Published { get; set; }

    /// <summary>It was applied. The apply stage's.</summary>
    public long Applied { get; set; }

    /// <summary>The caller took the result. The caller's.</summary>
    public long Delivered { get; set; }

    /// <summary>The time on the sampler's clock.</summary>
    public long Now => sampler.Now;

    /// <summary>True if the command was appended here, and its caller got its result.</summary>
    public bool IsComplete => Published != 0 && Delivered != 0;

    /// <summary>Resets the sample. Called by the thread that rented it from the sampler.</summary>
    public void Begin()
    {
        Index = 0;
        Taken = Written = Sent = Durable = Committed = Published = Applied = Delivered = 0;
        Called = Now;
    }

    /// <summary>Returns the sample to its sampler. Called by the last holder of the operation.</summary>
    public void End() => sampler.End(this);
}
