namespace RaftEngine.Bench.Budget;

/// <summary>What one turn of a setting has shown.</summary>
/// <param name="OpsPerSecond">Commands that ended, a second.</param>
/// <param name="P50Milliseconds">Latency that half of them did not exceed.</param>
/// <param name="P99Milliseconds">Latency that 99% did not exceed.</param>
/// <param name="Elections">Terms that began.</param>
/// <param name="Failures">Commands that failed: no leader, or outcome unknown.</param>
/// <param name="MostLinkBytes">The most bytes that were on one link at once, one way; 0 without links.</param>
internal readonly record struct WindowTurn(double OpsPerSecond, double P50Milliseconds, double P99Milliseconds, long Elections, long Failures, long MostLinkBytes);
