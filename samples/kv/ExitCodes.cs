namespace RaftEngine.Samples.Kv;

/// <summary>What the process ends with.</summary>
internal static class ExitCodes
{
    /// <summary>All went well.</summary>
    public const int Success = 0;

    /// <summary>It was tried, and failed.</summary>
    public const int Failure = 1;

    /// <summary>The command line cannot be understood.</summary>
    public const int Usage = 2;
}
