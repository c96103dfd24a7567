namespace RaftEngine.Hosting;

/// <summary>What health checks and endpoints know of a hosted node, whatever its results are.</summary>
internal interface IHostedRaftNode
{
    /// <summary>The name that it was added under.</summary>
    string Name { get; }

    /// <summary>How it is set up.</summary>
    RaftHostOptions Options { get; }

    /// <summary>Its status; null before its start.</summary>
    RaftStatus? StatusIfStarted { get; }
}
