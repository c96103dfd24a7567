namespace RaftEngine.Bench.Peers;

/// <summary>What was measured of a system under one load. Times are in microseconds.</summary>
/// <param name="OpsPerSecond">Writes that ended, a second.</param>
/// <param name="P50Micros">Latency that half of them did not exceed.</param>
/// <param name="P99Micros">Latency that 99% did not exceed.</param>
/// <param name="MaxMicros">The longest latency.</param>
internal sealed record PeerFigures(double OpsPerSecond, double P50Micros, double P99Micros, double MaxMicros);
