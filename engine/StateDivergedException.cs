using System;

namespace RaftEngine;

/// <summary>
/// This replica's state differs from the leader's, although both have applied the same log: the state machine is not
/// deterministic, or its memory was damaged. It stops the node. Find which commands between the two indexes depend on more than
/// the state and the command (time, randomness, culture, the order of a hash table, the node itself); then remove and add
/// the member again with an empty directory, so that it takes the leader's state.
/// </summary>
public sealed class StateDivergedException : Exception
{
    /// <summary>An exception that names the range in which the states parted.</summary>
    /// <param name="agreedIndex">The last index at which both had the same fingerprint since this node started; 0 if none.</param>
    /// <param name="index">The index at which they differ.</param>
    /// <param name="expected">The leader's fingerprint.</param>
    /// <param name="actual">This replica's fingerprint.</param>
    public StateDivergedException(long agreedIndex, long index, ulong expected, ulong actual)
        : base($"At index {index} the state of this replica has the fingerprint 0x{actual:x16}, and that of the leader 0x{expected:x16}. "
            + (agreedIndex == 0 ? "They have not been compared before since this node started. " : $"At index {agreedIndex} they were equal. ")
            + "The state machine is not deterministic. Mend it, and add this member again with an empty directory.")
    {
        AgreedIndex = agreedIndex;
        Index = index;
        Expected = expected;
        Actual = actual;
    }

    /// <summary>The last index at which both had the same fingerprint since this node started; 0 if none.</summary>
    public long AgreedIndex { get; }

    /// <summary>The index at which they differ: they parted behind <see cref="AgreedIndex"/> and not behind this one.</summary>
    public long Index { get; }

    /// <summary>The leader's fingerprint.</summary>
    public ulong Expected { get; }

    /// <summary>This replica's fingerprint.</summary>
    public ulong Actual { get; }
}
