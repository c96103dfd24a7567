namespace RaftEngine.Bench.Cluster;

/// <summary>One point of a distribution of latencies.</summary>
/// <param name="Percent">0 to 100.</param>
/// <param name="Micros">The latency that this share did not exceed, in microseconds.</param>
internal sealed record PercentilePoint(double Percent, double Micros);
