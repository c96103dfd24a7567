using System.Threading;

namespace RaftEngine.Pipeline;

/// <summary>The node's status: written by the loop after each batch, read by anyone, whole, without a lock (a sequence lock).</summary>
internal sealed class StatusCell
{
    private RaftStatus _status;
    private int _version; // odd while the loop writes

    /// <summary>Publishes a status. The loop's.</summary>
    /// <param name="status">The status.</param>
    public void Publish(in RaftStatus status)
    {
        Volatile.Write(ref _version, _version + 1);
        Interlocked.MemoryBarrier(); // the odd version is seen before any new field
        _status = status;
        Volatile.Write(ref _version, _version + 1); // release: pairs with the first acquire in Read
    }

    /// <summary>The last status published. Any thread.</summary>
    public RaftStatus Read()
    {
        SpinWait spin = default;
        while (true)
        {
            int before = Volatile.Read(ref _version);
            RaftStatus status = _status;
            Interlocked.MemoryBarrier(); // the fields are read before the version is read again
            if ((before & 1) == 0 && Volatile.Read(ref _version) == before)
            {
                return status;
            }

            spin.SpinOnce();
        }
    }
}
