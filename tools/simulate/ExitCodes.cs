namespace RaftEngine.Simulate;

/// <summary>What the process ends with; scripts may rely on it.</summary>
internal static class ExitCodes
{
    /// <summary>Everything is as it must be.</summary>
    public const int Clean = 0;

    /// <summary>Something is not as it must be.</summary>
    public const int Violation = 1;

    /// <summary>The command line cannot be understood.</summary>
    public const int Usage = 2;

    /// <summary>A file cannot be read or written, or is not what it should be.</summary>
    public const int InputOutput = 3;

    /// <summary>A bound was reached before the answer was known.</summary>
    public const int Unknown = 4;
}
