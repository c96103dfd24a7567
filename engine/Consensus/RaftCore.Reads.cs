using System;

namespace RaftEngine.Consensus;

/// <summary>Linearizable reads without writing to the log: read index (Raft §8, thesis §6.4).</summary>
internal sealed partial class RaftCore
{
    // Rounds are numbered through for this core's whole life: an answer to one, however late or repeated, can never confirm another.
    private ulong _readRound;
    private bool _readRequested;

    /// <summary>
    /// The highest round acknowledged by a majority, this node included: while it was under way, this node was still the leader. The reads of that round
    /// may be served once their read
    /// index is applied.
    /// </summary>
    public ulong ConfirmedReadRound { get; private set; }

    /// <summary>
    /// Asks for a linearizable read. All reads asked for between two <see cref="Collect"/>s share a round, which the latter starts. A round belongs to
    /// the term in which it was asked for: once
    /// this node has stepped down, its unconfirmed rounds are void, even if it comes to lead again and confirms later ones.
    /// </summary>
    /// <param name="round">The round to await in <see cref="ConfirmedReadRound"/>.</param>
    /// <param name="readIndex">The index to await in the state machine.</param>
    /// <returns>False if this node is not the leader.</returns>
    public bool TryRequestRead(out ulong round, out long readIndex)
    {
        if (Role != Role.Leader)
        {
            round = 0;
            readIndex = 0;
            return false;
        }

        _readRequested = true;
        round = _readRound + 1;

        // §8: a new leader has all committed entries but does not know which they are before its no-op is committed. To wait until that is applied comes to the same.
        readIndex = Math.Max(CommitIndex, _noOpIndex);
        return true;
    }

    // §8: a read is answered only after a majority has said, since it was asked, that this node is still the leader.
    private void StartReadRound()
    {
        if (_readRequested)
        {
            _readRequested = false;
            _readRound++;
            _heartbeatsDue = true;
            ConfirmReads();
        }
    }

    private void ConfirmReads()
    {
        Span<long> rounds = stackalloc long[_progress.Length];
        for (int i = 0; i < rounds.Length; i++)
        {
            rounds[i] = (long)(i == _ownPosition ? _readRound : _progress[i].ReadRound);
        }

        ConfirmedReadRound = Math.Max(ConfirmedReadRound, (ulong)Quorum.Reached(rounds));
    }
}
