namespace RaftEngine.Simulate.Linearizability;

/// <summary>What <see cref="SeenConfigurations"/> knows of a configuration.</summary>
internal enum SeenResult
{
    /// <summary>It has not been seen, and is remembered now.</summary>
    New,

    /// <summary>It has been seen.</summary>
    Known,

    /// <summary>It cannot be remembered within the bound.</summary>
    Full,
}
