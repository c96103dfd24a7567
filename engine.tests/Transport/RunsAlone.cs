using Xunit;

namespace RaftEngine.Tests.Transport;

/// <summary>Tests that measure the whole process: they run while no other test does.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class RunsAlone
{
    public const string Name = "Transport tests that run alone";
}
