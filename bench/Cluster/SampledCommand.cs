using System.Collections.Generic;

namespace RaftEngine.Bench.Cluster;

/// <summary>Where the time of one command went.</summary>
/// <param name="Index">Its index.</param>
/// <param name="Micros">How long it was in each stage of <see cref="Explanation.Stages"/>, in microseconds; null where
/// that is not known, or the command did not wait for it.</param>
internal sealed record SampledCommand(long Index, IReadOnlyList<double?> Micros);
