using System;

namespace RaftEngine;

/// <summary>A bounded queue is full. The command was never appended: it is safe to send it again after a moment.</summary>
public sealed class RaftOverloadedException : Exception
{
    /// <summary>An exception that names the bound.</summary>
    /// <param name="bound">The option that was reached.</param>
    /// <param name="limit">Its value.</param>
    public RaftOverloadedException(string bound, long limit)
        : base($"The node is overloaded: {bound} = {limit} is reached. The command was not appended.")
    {
        Bound = bound;
        Limit = limit;
    }

    /// <summary>The option that was reached.</summary>
    public string Bound { get; }

    /// <summary>Its value.</summary>
    public long Limit { get; }
}
