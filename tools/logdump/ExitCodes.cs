namespace RaftEngine.LogDump;

/// <summary>What the process ends with; scripts may rely on it.</summary>
internal static class ExitCodes
{
    /// <summary>All that was looked at is as it was written. A torn tail is: the node cuts it when it opens the log.</summary>
    public const int Clean = 0;

    /// <summary>Something that was known to be on disk is not what was written, or two logs that should be the same are not.</summary>
    public const int Damage = 1;

    /// <summary>The command line cannot be understood.</summary>
    public const int Usage = 2;

    /// <summary>The directory or a file cannot be read or written, or is of no version known here.</summary>
    public const int InputOutput = 3;

    /// <summary>The user has interrupted it: 128 and the number of the signal, as shells have it.</summary>
    public const int Interrupted = 130;
}
