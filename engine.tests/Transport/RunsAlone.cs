using Xunit;

namespace RaftEngine.Tests.Transport;

/// <summary>Tests that measure the whole process, or how long something takes: they run while no other test does.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class RunsAlone
{
    public const string Name = "Tests that run alone";
}
