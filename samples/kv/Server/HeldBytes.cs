using System.Threading;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>Bounds what is held for all clients together: requests that have not come to their end, and values that are
/// being sent.</summary>
/// <param name="most">The bound, in bytes.</param>
internal sealed class HeldBytes(long most)
{
    private long _held;

    /// <summary>How many are held.</summary>
    public long Held => Volatile.Read(ref _held);

    /// <summary>The bound.</summary>
    public long Most { get; } = most;

    /// <summary>Takes room.</summary>
    /// <returns>False if there is not so much.</returns>
    public bool TryTake(long bytes)
    {
        if (bytes <= 0)
        {
            return true;
        }

        if (Interlocked.Add(ref _held, bytes) <= Most)
        {
            return true;
        }

        Interlocked.Add(ref _held, -bytes);
        return false;
    }

    /// <summary>Gives room back.</summary>
    public void Return(long bytes) => Interlocked.Add(ref _held, -bytes);
}
