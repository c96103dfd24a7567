namespace RaftEngine.Bench.Measuring;

/// <summary>One comparison.</summary>
/// <param name="Name">What is compared with what.</param>
/// <param name="Ratio">The median of the rounds' ratios.</param>
/// <param name="Goal">What the ratio is to be at most or at least; null if there is no goal.</param>
/// <param name="Direction">"at most" or "at least"; null without a goal.</param>
/// <param name="Ours">The engine's median.</param>
/// <param name="Baseline">The baseline's median.</param>
/// <param name="Unit">The unit of both.</param>
internal sealed record Row(string Name, double Ratio, double? Goal, string? Direction, double Ours, double Baseline, string Unit)
{
    /// <summary>A goal that is to be reached.</summary>
    public const string AtLeast = "at least";

    /// <summary>A goal that is not to be exceeded.</summary>
    public const string AtMost = "at most";

    /// <summary>How the ratio is made: of the two figures, which stands above.</summary>
    public required string RatioIs { get; init; }

    /// <summary>The lower quartile of the rounds' ratios.</summary>
    public double LowerQuartile { get; init; }

    /// <summary>The upper quartile of the rounds' ratios.</summary>
    public double UpperQuartile { get; init; }

    /// <summary>How many rounds there were.</summary>
    public int Rounds { get; init; }

    /// <summary>Entries made durable by one sync of the engine's, on average.</summary>
    public double? EntriesPerSync { get; init; }

    /// <summary>Entries made durable by one sync of the baseline's, on average.</summary>
    public double? BaselineEntriesPerSync { get; init; }

    /// <summary>Whether the goal is met; null without a goal.</summary>
    public bool? IsMet => Direction switch
    {
        AtLeast => Ratio >= Goal,
        AtMost => Ratio <= Goal,
        _ => null,
    };
}
