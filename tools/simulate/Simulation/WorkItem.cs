using RaftEngine.Simulate.Linearizability;

namespace RaftEngine.Simulate.Simulation;

/// <summary>What a client is to do.</summary>
/// <param name="Kind">Get, put or append.</param>
/// <param name="Slot">The slot.</param>
/// <param name="Generation">Its generation.</param>
/// <param name="Value">What is written.</param>
internal readonly record struct WorkItem(OperationKind Kind, int Slot, int Generation, string Value)
{
    public bool IsRead => Kind == OperationKind.Get;

    public string Key => $"{Slot}.{Generation}";
}
