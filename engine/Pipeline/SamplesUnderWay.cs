using System;
using System.Runtime.CompilerServices;

namespace RaftEngine.Pipeline;

/// <summary>
/// The samples of commands that a leader has appended and that are not handed to the apply stage yet, by index: what the loop stamps as its batches go on. Without any, each
/// call is one comparison. The loop's.
/// </summary>
internal sealed class SamplesUnderWay
{
    private LatencySample[] _samples = []; // in the order of their indexes
    private int _count;

    /// <summary>A command was appended; whether it is sampled, its operation says.</summary>
    /// <param name="proposal">The operation, whose index is higher than those before.</param>
    /// <param name="taken">When it was taken from the ring, if it is sampled.</param>
    public void Add(Operation proposal, long taken)
    {
        if (proposal.Sample is { } sample)
        {
            Add(sample, proposal.Index, taken);
        }
    }

    /// <summary>What was appended is in the file.</summary>
    public void Written()
    {
        if (_count != 0)
        {
            StampWritten();
        }
    }

    /// <summary>What was written is with the transport.</summary>
    public void Sent()
    {
        if (_count != 0)
        {
            StampSent();
        }
    }

    /// <summary>This node's own syncs have come so far.</summary>
    /// <param name="index">The durable index.</param>
    public void Durable(long index)
    {
        if (_count != 0)
        {
            StampDurable(index);
        }
    }

    /// <summary>So far is known to be committed.</summary>
    /// <param name="index">The commit index.</param>
    public void Committed(long index)
    {
        if (_count != 0)
        {
            StampCommitted(index);
        }
    }

    /// <summary>So far is about to be handed to the apply stage, whose the samples are from then on.</summary>
    /// <param name="index">The commit index.</param>
    public void Published(long index)
    {
        if (_count != 0)
        {
            StampPublished(index);
        }
    }

    /// <summary>Lets go of all: this node leads no more, and their operations are about to end in another way.</summary>
    public void Clear()
    {
        Array.Clear(_samples, 0, _count);
        _count = 0;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Add(LatencySample sample, long index, long taken)
    {
        if (_samples.Length == 0)
        {
            _samples = new LatencySample[LatencySampler.MaxUnderWay];
        }

        // Those of two samplers, one of which has just followed the other, may be too many: the last are left without
        // stamps, and this is not reported.
        if (_count < _samples.Length)
        {
            sample.Index = index;
            sample.Taken = taken;
            _samples[_count++] = sample;
        }
    }

    // Each finds its samples at the end, or at the front; all of one call get one time.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void StampWritten()
    {
        long now = 0;
        for (int i = _count - 1; i >= 0 && _samples[i].Written == 0; i--)
        {
            now = now != 0 ? now : _samples[i].Now;
            _samples[i].Written = now;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void StampSent()
    {
        long now = 0;
        for (int i = _count - 1; i >= 0 && _samples[i].Sent == 0; i--)
        {
            now = now != 0 ? now : _samples[i].Now;
            _samples[i].Sent = now;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void StampDurable(long index)
    {
        long now = 0;
        for (int i = 0; i < _count && _samples[i].Index <= index; i++)
        {
            if (_samples[i].Durable == 0 && _samples[i].Committed == 0)
            {
                now = now != 0 ? now : _samples[i].Now;
                _samples[i].Durable = now;
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void StampCommitted(long index)
    {
        long now = 0;
        for (int i = 0; i < _count && _samples[i].Index <= index; i++)
        {
            LatencySample sample = _samples[i];
            if (sample.Committed == 0)
            {
                now = now != 0 ? now : sample.Now;
                sample.Committed = now;
                sample.Sent = sample.Sent != 0 ? sample.Sent : now;
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void StampPublished(long index)
    {
        StampCommitted(index); // in case the last calls of the batch have come further
        int published = 0;
        long now = 0;
        for (; published < _count && _samples[published].Index <= index; published++)
        {
            now = now != 0 ? now : _samples[published].Now;
            _samples[published].Published = now;
        }

        if (published != 0)
        {
            Array.Copy(_samples, published, _samples, 0, _count - published);
            Array.Clear(_samples, _count - published, published);
            _count -= published;
        }
    }
}
