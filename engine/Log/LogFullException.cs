using System;

namespace RaftEngine.Log;

/// <summary>
/// There is no room for another segment: the disk is full, or the log has reached its bound. Nothing was written and nothing is broken: reading goes on, and so does appending once
/// there is room again, by compaction or on the disk.
/// </summary>
public sealed class LogFullException : Exception
{
    /// <summary>An exception that says what is full.</summary>
    /// <param name="directory">The data directory.</param>
    /// <param name="message">What is full, with the bound and the use.</param>
    /// <param name="innerException">The operating system's error, if it is the disk.</param>
    public LogFullException(string directory, string message, Exception? innerException = null)
        : base($"The log in '{directory}' is full: {message}", innerException)
    {
        Directory = directory;
    }

    /// <summary>The data directory; of a command that was sent to the leader, whose log it is.</summary>
    public string Directory { get; }
}
