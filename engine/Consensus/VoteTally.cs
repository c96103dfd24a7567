namespace RaftEngine.Consensus;

/// <summary>The votes of one (pre-)election, one bit for each member by its position: however often a voter answers, it counts once, and its first
/// answer stands.</summary>
internal struct VoteTally(Electorate electorate)
{
    private ulong _granted;
    private ulong _rejected;

    /// <summary>Takes in a vote.</summary>
    /// <param name="position">The voter's position in the configuration; -1 is no member, and changes nothing.</param>
    /// <param name="granted">Its answer.</param>
    public void Record(int position, bool granted)
    {
        ulong bit = position < 0 ? 0 : 1ul << position;
        if (((_granted | _rejected) & bit) != 0)
        {
            return;
        }

        if (granted)
        {
            _granted |= bit;
        }
        else
        {
            _rejected |= bit;
        }
    }

    /// <summary>True once a majority has granted its vote.</summary>
    public readonly bool IsWon => electorate.IsMajority(_granted);

    /// <summary>True once so many have refused that a majority can no longer be had.</summary>
    public readonly bool IsLost => !electorate.IsMajority(~_rejected);
}
