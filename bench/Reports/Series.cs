using System.Collections.Generic;

namespace RaftEngine.Bench.Reports;

/// <summary>One line of a chart.</summary>
/// <param name="Name">What stands in the legend.</param>
/// <param name="Points">Its points, by rising X.</param>
/// <param name="IsReference">True for what the others are compared with: drawn thin and dashed.</param>
internal sealed record Series(string Name, IReadOnlyList<(double X, double Y)> Points, bool IsReference = false);
