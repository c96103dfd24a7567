using System;

namespace RaftEngine.Simulate.Simulation;

/// <summary>The simulated process ends here, in the middle of what it does.</summary>
internal sealed class ProcessDiedException() : Exception("The process died.");
