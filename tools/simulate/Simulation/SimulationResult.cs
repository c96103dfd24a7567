using System;

namespace RaftEngine.Simulate.Simulation;

/// <summary>What came of a simulation.</summary>
/// <param name="Seed">Its seed.</param>
/// <param name="Violation">What did not hold; null if everything did.</param>
/// <param name="VirtualTime">How much time passed in it.</param>
/// <param name="TraceHash">A digest of all that happened.</param>
/// <param name="Tally">How often each kind of thing happened.</param>
internal sealed record SimulationResult(ulong Seed, ViolationException? Violation, TimeSpan VirtualTime, ulong TraceHash, Tally Tally);
