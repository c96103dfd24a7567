using System.Collections.Generic;
using RaftEngine.Bench.Measuring;

namespace RaftEngine.Bench.Peers;

/// <summary>All runs of one call, as they stand in a file.</summary>
/// <param name="Machine">Where they ran.</param>
/// <param name="Command">What to call to repeat them.</param>
/// <param name="IsQuick">True if the figures mean nothing.</param>
/// <param name="Skipped">What was left out, and why.</param>
/// <param name="Peers">The runs, in their order.</param>
internal sealed record PeerResults(Machine Machine, string Command, bool IsQuick, IReadOnlyList<string> Skipped, IReadOnlyList<PeerRun> Peers);
