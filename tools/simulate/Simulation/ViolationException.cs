using System;

namespace RaftEngine.Simulate.Simulation;

/// <summary>Something that must always hold did not.</summary>
internal sealed class ViolationException(string message, Exception? cause = null) : Exception(message, cause);
