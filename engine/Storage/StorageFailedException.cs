using System;
using System.ComponentModel;
using System.IO;

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

    /// <summary>True if what was missing is room: the disk is full, or a quota or the largest file size is reached.</summary>
    public bool IsOutOfSpace => InnerException switch
    {
        // ENOSPC and EFBIG are the same everywhere on Unix, EDQUOT is not; then the two errors that Windows has for it.
        IOException e => e.HResult is 28 or 27 or 122 or 69 or unchecked((int)0x8007_0070) or unchecked((int)0x8007_0027),
        Win32Exception e => e.NativeErrorCode is 28 or 27 or 122 or 69,
        _ => false,
    };
}
