using System;

namespace RaftEngine;

/// <summary>A reader of the log asks for an index that this node's log no longer holds: it is in a snapshot. The reader needs
/// the state at <see cref="FirstIndex"/> or later from elsewhere, and goes on from there.</summary>
public sealed class LogCompactedException : Exception
{
    /// <summary>An exception that names both indexes.</summary>
    /// <param name="index">The index asked for.</param>
    /// <param name="firstIndex">The first index that the log holds.</param>
    public LogCompactedException(long index, long firstIndex)
        : base($"Index {index} was asked for, and the log begins at index {firstIndex}: what was before is in a snapshot. Take the state from there, and read on from "
            + $"index {firstIndex}; to have the log wait for a reader, give it a name, and raise {nameof(RaftOptions.ReaderRetainedLogBytes)}.")
    {
        Index = index;
        FirstIndex = firstIndex;
    }

    /// <summary>The index asked for.</summary>
    public long Index { get; }

    /// <summary>The first index that the log held when it was asked.</summary>
    public long FirstIndex { get; }
}
