using System;

namespace RaftEngine;

/// <summary>This node cannot show that its state is as fresh as a read asked for: its leader was silent for too long, or it
/// is too far behind.</summary>
public sealed class TooStaleException : Exception
{
    /// <summary>An exception that names the bound.</summary>
    /// <param name="maxStaleness">How old the state might have been.</param>
    public TooStaleException(TimeSpan maxStaleness)
        : base($"This node does not know what was committed within the last {maxStaleness}.")
    {
        MaxStaleness = maxStaleness;
    }

    /// <summary>How old the state might have been.</summary>
    public TimeSpan MaxStaleness { get; }
}
