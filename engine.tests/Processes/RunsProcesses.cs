using Xunit;

namespace RaftEngine.Tests.Processes;

/// <summary>Tests that start replicas as processes and time them: one at a time, and while no other test runs.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class RunsProcesses
{
    public const string Name = "Tests that run replicas as processes";
}
