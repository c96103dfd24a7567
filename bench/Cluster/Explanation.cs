using System.Collections.Generic;

namespace RaftEngine.Bench.Cluster;

/// <summary>Where the time of commands went that were sampled while a load was measured.</summary>
/// <param name="Every">One command in so many was sampled.</param>
/// <param name="Stages">The stages, in their order; after them the whole.</param>
/// <param name="Slowest">The slowest commands, the slowest first; one of those that were committed together.</param>
internal sealed record Explanation(int Every, IReadOnlyList<StageTime> Stages, IReadOnlyList<SampledCommand> Slowest);
