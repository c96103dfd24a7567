namespace RaftEngine.Simulate.Linearizability;

/// <summary>One step of an order being tried: which operation, the number of the state before it, and whether it was no choice.</summary>
internal readonly record struct Placement(int Operation, int StateBefore, bool IsForced);
