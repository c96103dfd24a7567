namespace RaftEngine.Simulate.Simulation;

/// <summary>What is a thread of its own in a node that runs for real.</summary>
internal enum Stage
{
    Loop,
    Sync,
    Apply,
    Snapshot,
    Transfer,
}
