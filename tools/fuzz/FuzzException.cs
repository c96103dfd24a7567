using System;

namespace RaftEngine.Fuzz;

/// <summary>A reader did what it must not: took what it should refuse, or too much memory or time.</summary>
internal sealed class FuzzException(string message) : Exception(message);
