using System;
using System.Threading;
using RaftEngine.Protocol;

namespace RaftEngine.Pipeline;

/// <summary>The node's status: written by the loop after its batches, read by anyone, whole, without a lock (a sequence lock).</summary>
internal sealed class StatusCell
{
    private readonly RaftPeerStatus[] _peers = new RaftPeerStatus[Configuration.MaxMembers];
    private RaftStatus _status;
    private int _peerCount;
    private int _version; // odd while the loop writes

    /// <summary>Publishes a status. The loop's.</summary>
    /// <param name="status">The status.</param>
    public void Publish(in RaftStatus status)
    {
        BeginWriting();
        _status = status;
        EndWriting();
    }

    /// <summary>Publishes what is known of the other members. The loop's.</summary>
    /// <param name="peers">One for each.</param>
    public void PublishPeers(ReadOnlySpan<RaftPeerStatus> peers)
    {
        BeginWriting();
        peers.CopyTo(_peers);
        _peerCount = peers.Length;
        EndWriting();
    }

    /// <summary>The last status published. Any thread.</summary>
    public RaftStatus Read()
    {
        SpinWait spin = default;
        while (true)
        {
            int before = Volatile.Read(ref _version); // acquire: pairs with the release in EndWriting
            RaftStatus status = _status;
            if (IsUnchangedSince(before))
            {
                return status;
            }

            spin.SpinOnce();
        }
    }

    /// <summary>What was last published of the other members. Any thread.</summary>
    public RaftPeerStatus[] ReadPeers()
    {
        SpinWait spin = default;
        while (true)
        {
            int before = Volatile.Read(ref _version); // acquire: pairs with the release in EndWriting
            RaftPeerStatus[] peers = _peers.AsSpan(0, _peerCount).ToArray();
            if (IsUnchangedSince(before))
            {
                return peers;
            }

            spin.SpinOnce();
        }
    }

    private void BeginWriting()
    {
        Volatile.Write(ref _version, _version + 1);
        Interlocked.MemoryBarrier(); // the odd version is seen before any new field
    }

    private void EndWriting() => Volatile.Write(ref _version, _version + 1); // release: pairs with the acquires in the reads

    private bool IsUnchangedSince(int version)
    {
        Interlocked.MemoryBarrier(); // the fields are read before the version is read again
        return (version & 1) == 0 && Volatile.Read(ref _version) == version;
    }
}
