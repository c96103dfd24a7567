using System;

namespace RaftEngine.Log;

/// <summary>
/// The data directory cannot be opened as asked: another process has it open, it belongs to another node or cluster, or it was written by a newer version. Nothing was changed.
/// </summary>
public sealed class DataDirectoryException : Exception
{
    /// <summary>An exception that says why.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="message">What is wrong, with expected and actual.</param>
    /// <param name="innerException">The operating system's error, if there is one.</param>
    public DataDirectoryException(string directory, string message, Exception? innerException = null)
        : base($"Data directory '{directory}': {message}", innerException)
    {
        Directory = directory;
    }

    /// <summary>The directory.</summary>
    public string Directory { get; }
}
