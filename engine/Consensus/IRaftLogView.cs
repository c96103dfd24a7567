namespace RaftEngine.Consensus;

/// <summary>The log as the core sees it: terms, sizes and configurations, never bytes. Reading it is free of side effects and takes no I/O;
/// asking for room for a no-op may wait for the next segment's file.</summary>
internal interface IRaftLogView
{
    /// <summary>The first index still in the log; one more than <see cref="LastIndex"/> if it is empty.</summary>
    long FirstIndex { get; }

    /// <summary>The last index appended, durable or not; 0 for a new log.</summary>
    long LastIndex { get; }

    /// <summary>The last index known to be on this node's disk (or, where the chosen durability does not wait for the disk, written).</summary>
    long DurableIndex { get; }

    /// <summary>The term at an index from <see cref="FirstIndex"/> − 1 to <see cref="LastIndex"/>; 0 at index 0.</summary>
    /// <param name="index">The index.</param>
    /// <returns>Its term. Terms never decrease with the index.</returns>
    long TermAt(long index);

    /// <summary>The configuration in force at an index; the latest of the log at <see cref="LastIndex"/>.</summary>
    /// <param name="index">An index from <see cref="FirstIndex"/> − 1 to <see cref="LastIndex"/>.</param>
    /// <returns>The latest configuration at or before the index, and where it stands. The same object as long as it is the same entry.</returns>
    LoggedConfiguration ConfigurationAt(long index);

    /// <summary>The longest run of entries that one message may carry: from an index on, of one term, in one piece in storage, at most so many bytes,
    /// but at least one entry.</summary>
    /// <param name="firstIndex">Where the run starts; in the log.</param>
    /// <param name="maxBytes">The most bytes, unless the first entry alone is larger.</param>
    /// <returns>The run's end, term and size.</returns>
    EntryRun RunFrom(long firstIndex, int maxBytes);

    /// <summary>True if the log can take the first entry of a new leader.</summary>
    bool HasRoomForNoOp();

    /// <summary>True if the log can take commands, which leave some room to no-ops and configurations.</summary>
    bool HasRoomForCommands();
}
