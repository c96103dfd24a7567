using System.Collections.Generic;

namespace RaftEngine.Bench.Cluster;

/// <summary>How long commands were in one stage of their life.</summary>
/// <param name="Stage">Its name.</param>
/// <param name="Commands">How many sampled commands it is known of.</param>
/// <param name="SharePercent">What it is of the whole time of all of them; null where the time runs beside other stages.</param>
/// <param name="MeanMicros">The mean, in microseconds.</param>
/// <param name="P50Micros">What half of them did not exceed.</param>
/// <param name="P99Micros">What 99% did not exceed.</param>
/// <param name="MaxMicros">The longest.</param>
/// <param name="Distribution">The distribution.</param>
internal sealed record StageTime(
    string Stage,
    long Commands,
    double? SharePercent,
    double MeanMicros,
    double P50Micros,
    double P99Micros,
    double MaxMicros,
    IReadOnlyList<PercentilePoint> Distribution);
