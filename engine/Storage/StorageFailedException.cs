using System;

namespace RaftEngine.Storage;

/// <summary>
/// The operating system refused a write, a sync, a create or a rename. Fail-stop: the log takes nothing more and acknowledges nothing more until it is
/// reopened, because after a failed sync the page cache no longer says what is on disk.
/// </summary>
public sealed class StorageFailedException : Exception
{
    /// <summary>An exception that says what failed.</summary>
    /// <param name="operation">The operation: "write", "sync", "create", …</param>
    /// <param name="path">The file or directory.</param>
    /// <param name="innerException">The operating system's error.</param>
    public StorageFailedException(string operation, string path, Exception innerException)
        : base($"Storage failed: {operation} of '{path}': {innerException?.Message}", innerException)
    {
        Operation = operation;
        Path = path;
    }

    /// <summary>What was tried.</summary>
    public string Operation { get; }

    /// <summary>The file or directory it was tried on.</summary>
    public string Path { get; }
}
