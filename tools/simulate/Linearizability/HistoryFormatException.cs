using System;

namespace RaftEngine.Simulate.Linearizability;

/// <summary>A history's text cannot be understood; the message says where and why.</summary>
internal sealed class HistoryFormatException : Exception
{
    public HistoryFormatException()
    {
    }

    public HistoryFormatException(string message)
        : base(message)
    {
    }

    public HistoryFormatException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
