using System;
using System.Globalization;

namespace RaftEngine.Simulate.Pacing;

/// <summary>How election timeouts are set: from a shortest one on, fixed, or raised by what is measured; heartbeats are a tenth of it.</summary>
/// <param name="ElectionTimeout">The shortest.</param>
/// <param name="IsMeasured">Whether it may be raised, up to ten times as far.</param>
internal sealed record PaceSetting(TimeSpan ElectionTimeout, bool IsMeasured)
{
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{(IsMeasured ? "measured from" : "fixed")} {ElectionTimeout.TotalMilliseconds:F0} ms");
}
