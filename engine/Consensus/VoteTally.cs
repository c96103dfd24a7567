namespace RaftEngine.Consensus;

/// <summary>The votes of one (pre-)election, one bit for each member by its position: however often a voter answers, it counts once, and its first
/// answer stands.</summary>
internal struct VoteTally(Electorate electorate)
{
    private ulong _granted;
    private ulong _rejected;
    private ulong _inDoubt;

    /// <summary>Takes in a vote.</summary>
    /// <param name="position">The voter's position in the configuration; -1 is no member, and changes nothing.</param>
    /// <param name="granted">Its answer.</param>
    /// <param name="isInDoubt">True if it may lack entries that it has acknowledged.</param>
    public void Record(int position, bool granted, bool isInDoubt = false)
    {
        ulong bit = position < 0 ? 0 : 1ul << position;
        if (((_granted | _rejected) & bit) != 0)
        {
            return;
        }

        _inDoubt |= isInDoubt ? bit : 0;
        if (granted)
        {
            _granted |= bit;
        }
        else
        {
            _rejected |= bit;
        }
    }

    /// <summary>True once a majority has granted its vote, not counting those that may lack what they have acknowledged; or all have.</summary>
    public readonly bool IsWon => electorate.IsMajority(_granted & ~_inDoubt) || electorate.IsEveryone(_granted);

    /// <summary>True once so many have refused that a majority can no longer be had.</summary>
    public readonly bool IsLost => !electorate.IsMajority(~_rejected);
}
