namespace RaftEngine.Bench.Reports;

/// <summary>A picture of a report.</summary>
/// <param name="File">The name of its file.</param>
/// <param name="Chart">The picture.</param>
/// <param name="IsForReadme">True if the README shows it.</param>
internal sealed record Plot(string File, LineChart Chart, bool IsForReadme = false);
