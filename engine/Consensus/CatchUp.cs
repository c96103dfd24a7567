using System;

namespace RaftEngine.Consensus;

/// <summary>
/// How a learner catches up, in rounds (thesis §4.2.1): a round ends when the learner has everything that the leader's log had at its beginning. One
/// that took less than an election timeout shows that the learner would, as a voter, hold up commitment for no longer than an election would.
/// </summary>
internal struct CatchUp
{
    /// <summary>After so many rounds the leader stops trying: entries come in faster than the learner takes them, and more of the same does not
    /// help.</summary>
    public const int MaxRounds = 10;

    private long _roundEnd;
    private TimeSpan _roundStarted;

    /// <summary>How many rounds have ended.</summary>
    public int Rounds { get; private set; }

    /// <summary>True once a round was short enough: the learner may become a voter.</summary>
    public bool IsDone { get; private set; }

    /// <summary>True once <see cref="MaxRounds"/> rounds were all too long. A new leader, or the same change asked for once more, tries again.</summary>
    public readonly bool IsGivenUp => !IsDone && Rounds == MaxRounds;

    /// <summary>Starts the first round.</summary>
    /// <param name="lastIndex">The leader's last index.</param>
    /// <param name="now">The time.</param>
    /// <returns>A catch-up that has just begun.</returns>
    public static CatchUp Start(long lastIndex, TimeSpan now) => new() { _roundEnd = lastIndex, _roundStarted = now };

    /// <summary>The learner has acknowledged something.</summary>
    /// <param name="match">Up to where.</param>
    /// <param name="lastIndex">The leader's last index.</param>
    /// <param name="now">The time.</param>
    /// <param name="electionTimeout">How long the last round may take.</param>
    public void Advance(long match, long lastIndex, TimeSpan now, TimeSpan electionTimeout)
    {
        if (IsDone || Rounds == MaxRounds || match < _roundEnd)
        {
            return;
        }

        // A round that begins with nothing to do ends as it begins.
        Rounds++;
        IsDone = now - _roundStarted < electionTimeout || match >= lastIndex;
        _roundEnd = lastIndex;
        _roundStarted = now;
    }
}
