using System.Threading;

namespace RaftEngine.Bench.Measuring;

/// <summary>The link that a <see cref="DelayingProxy"/> stands for. May be changed at any time, by any thread.</summary>
internal sealed class Link
{
    private volatile LinkDelay _delay = LinkDelay.None; // read for every piece: a stale one is that of a moment before
    private volatile bool _isCut;
    private long _mostBytes;

    /// <summary>What it does to pieces that enter it from now on.</summary>
    public LinkDelay Delay
    {
        get => _delay;
        set => _delay = value;
    }

    /// <summary>True while nothing comes out of it, either way. Nothing is lost, and no connection ends: what is in it comes out once it is whole again.</summary>
    public bool IsCut
    {
        get => _isCut;
        set => _isCut = value;
    }

    /// <summary>The most bytes that were in it at once, one way, since <see cref="ResetMost"/>.</summary>
    public long MostBytes => Interlocked.Read(ref _mostBytes);

    /// <summary>Forgets what it has held.</summary>
    public void ResetMost() => Interlocked.Exchange(ref _mostBytes, 0);

    /// <summary>So many bytes are in it.</summary>
    public void Holds(long bytes)
    {
        long most = MostBytes;
        while (bytes > most)
        {
            long seen = Interlocked.CompareExchange(ref _mostBytes, bytes, most);
            if (seen == most)
            {
                return;
            }

            most = seen;
        }
    }
}
