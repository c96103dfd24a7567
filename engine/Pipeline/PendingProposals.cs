using System;
using System.Numerics;
using System.Threading;

namespace RaftEngine.Pipeline;

/// <summary>
/// The proposals of this node between append, here or at the leader that it asked, and apply, by log index: a ring. Entries above the published commit index belong to the
/// loop, those up to it to the apply thread; the commit index, published with release and read with acquire, hands them over.
/// </summary>
internal sealed class PendingProposals
{
    private readonly Operation?[] _byIndex;
    private readonly long _mask;

    // The loop's: no proposal waits above this index.
    private long _lastIndex;

    /// <summary>Room for proposals.</summary>
    /// <param name="capacity">The most proposals in flight.</param>
    public PendingProposals(int capacity)
    {
        // Twice, because no-ops stand between the proposals of two terms.
        _byIndex = new Operation?[BitOperations.RoundUpToPowerOf2((uint)capacity * 2)];
        _mask = _byIndex.Length - 1;
    }

    /// <summary>How many indexes in a row have places of their own.</summary>
    public int Capacity => _byIndex.Length;

    /// <summary>The loop: whether a proposal can be noted at an index.</summary>
    public bool HasRoomAt(long index) => Volatile.Read(ref _byIndex[index & _mask]) is null; // the apply thread clears it in Take

    /// <summary>The loop: notes the proposal appended at its <see cref="Operation.Index"/>.</summary>
    public void Add(Operation proposal)
    {
        _byIndex[proposal.Index & _mask] = proposal;
        _lastIndex = Math.Max(_lastIndex, proposal.Index); // answers of a leader may overtake each other
    }

    /// <summary>The loop: no proposal waits above this index.</summary>
    public long LastIndex => _lastIndex;

    /// <summary>The apply thread: takes the proposal at a committed index; null if none was noted there. The caller
    /// compares the terms.</summary>
    public Operation? Take(long index)
    {
        ref Operation? place = ref _byIndex[index & _mask];
        Operation? proposal = place;
        if (proposal is null || proposal.Index != index)
        {
            return null;
        }

        Volatile.Write(ref place, null); // pairs with the read in HasRoomAt
        return proposal;
    }

    /// <summary>
    /// The loop, when it no longer leads, or no longer follows the leader that it asked, or nothing is committed for long: ends all proposals above an index, whose entries may be
    /// committed or not.
    /// They may stand further apart than the ring is long, with the commands of other nodes between them.
    /// </summary>
    /// <param name="commitIndex">The highest index that was committed before.</param>
    public void FailAbove(long commitIndex)
    {
        if (_lastIndex <= commitIndex)
        {
            return;
        }

        for (int i = 0; i < _byIndex.Length; i++)
        {
            // The apply thread may just be taking one of its own; that has a lower index, or none any more: only the loop gives them one.
            if (_byIndex[i] is { } proposal && proposal.Index > commitIndex)
            {
                _byIndex[i] = null;
                proposal.FailUnknown();
            }
        }

        _lastIndex = commitIndex;
    }

    /// <summary>
    /// When loop and apply thread have ended, or while the apply thread pauses: ends all proposals that are left.
    /// </summary>
    /// <param name="cause">The error behind it, if there is one.</param>
    public void FailAll(Exception? cause)
    {
        foreach (Operation? proposal in _byIndex)
        {
            proposal?.FailUnknown(cause);
        }

        Array.Clear(_byIndex);
        _lastIndex = 0;
    }
}
