using System;
using System.IO;

namespace RaftEngine.LogDump.Output;

/// <summary>The data cannot be written: the disk is full, or the reader of the pipe is gone.</summary>
internal sealed class OutputFailedException(IOException innerException) : Exception(innerException.Message, innerException)
{
    /// <summary>True if the reader has gone, as <c>head</c> does. It knows; nothing needs to be said.</summary>
    public bool IsBrokenPipe => IsOfBrokenPipe((IOException)InnerException!);

    /// <summary>True if an error of a write says that.</summary>
    public static bool IsOfBrokenPipe(IOException e) => e.HResult is 32 or unchecked((int)0x8007006D);
}
