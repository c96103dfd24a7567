namespace RaftEngine.Protocol;

/// <summary>
/// How a term is made up, and which terms a node believes. The lower half counts elections, the upper half recoveries after a lost quorum (the epoch): members of before a recovery
/// that go on electing leaders never reach a term of the recovered log, so two different entries never have the same index and term.
/// </summary>
/// <remarks>
/// Elections raise a term one by one, so a term that is far ahead was never elected. Believing it would be for good: no later term could be told from it,
/// and every arithmetic on it would be near its end.
/// </remarks>
internal static class Terms
{
    /// <summary>By how much a term may exceed a node's own within an epoch.</summary>
    public const long LongestJump = 1 << 20;

    /// <summary>By how much a term may exceed the node's own while that node hears from a leader; a higher one waits. The others elect a leader of a later term only once they have
    /// not heard from this one for an election timeout, a few terms at the most before this node notices, too.</summary>
    public const long LongestJumpUnderLeader = 64;

    /// <summary>How many recoveries a node may have missed.</summary>
    public const long MostRecoveriesMissed = 1024;

    /// <summary>The most elections in an epoch: one every three tenths of a second for twenty years.</summary>
    private const long MostElections = 1L << 31;

    private const int ElectionBits = 32;

    /// <summary>The first term of the next recovery.</summary>
    public static long NextEpoch(long term) => checked((EpochOf(term) + 1) * (1L << ElectionBits));

    /// <summary>How many recoveries a term counts.</summary>
    public static long EpochOf(long term) => term >> ElectionBits;

    /// <summary>True if a node can have come to a term by elections and recoveries since another node was at its own. A node that has never been in any term believes every one of
    /// an epoch: it may join a cluster of any age.</summary>
    public static bool IsWithinReach(long own, long other)
    {
        long elections = other & uint.MaxValue;
        long missed = EpochOf(other) - EpochOf(own);
        return missed switch
        {
            < 0 => true,
            0 => other - own <= LongestJump || own == 0,
            _ => missed <= MostRecoveriesMissed && (elections <= LongestJump || own == 0),
        } && elections <= MostElections;
    }

    /// <summary>True if a term follows so closely on a node's own that it is taken even while that node hears from a leader: of its epoch, and few elections later.</summary>
    public static bool IsNear(long own, long other) => EpochOf(own) == EpochOf(other) && other - own <= LongestJumpUnderLeader;
}
