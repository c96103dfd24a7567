using System.Numerics;

namespace RaftEngine.Consensus;

/// <summary>The votes of one (pre-)election, one bit for each voter by its position: however often a voter answers, it counts once, and its first answer stands.</summary>
internal struct VoteTally(int voters)
{
    private uint _granted;
    private uint _rejected;

    /// <summary>Takes in a vote.</summary>
    /// <param name="position">The voter's position in the configuration.</param>
    /// <param name="granted">Its answer.</param>
    public void Record(int position, bool granted)
    {
        uint bit = 1u << position;
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
    public readonly bool IsWon => BitOperations.PopCount(_granted) > voters / 2;

    /// <summary>True once so many have refused that a majority can no longer be had.</summary>
    public readonly bool IsLost => voters - BitOperations.PopCount(_rejected) <= voters / 2;
}
