using System.Collections.Generic;
using RaftEngine.Bench.Measuring;

namespace RaftEngine.Bench.Budget;

/// <summary>All that one call has shown, as it stands in a file.</summary>
/// <param name="Machine">Where it ran.</param>
/// <param name="Command">What to call to repeat it.</param>
/// <param name="IsQuick">True if the figures mean nothing.</param>
/// <param name="Windows">What settings of replication have shown.</param>
/// <param name="Ratios">The throughput of the default by that of the best of the others.</param>
/// <param name="Elections">What settings of elections have shown.</param>
internal sealed record BudgetResults(
    Machine Machine, string Command, bool IsQuick, IReadOnlyList<WindowRun> Windows, IReadOnlyList<Row> Ratios, IReadOnlyList<ElectionRun> Elections);
