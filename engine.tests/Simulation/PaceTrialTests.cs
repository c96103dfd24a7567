using System;
using RaftEngine.Simulate.Pacing;
using Xunit;

namespace RaftEngine.Tests.Simulation;

/// <summary>Election timeouts that follow what is measured, on a virtual clock. For the whole comparison: <c>simulate pace</c>.</summary>
public sealed class PaceTrialTests
{
    private static readonly PaceWeather s_jitter = new("50 ms, as much jitter", 25, 25, 0, 0.2);
    private static readonly PaceWeather s_loss = new("50 ms, as much jitter, 1 % lost", 25, 25, 0.01, 0.2);
    private static readonly PaceWeather s_far = new("600 ms", 600, 60, 0, 0.2);

    [Fact]
    public void Ten_minutes_at_50_ms_of_jittered_round_trip_see_no_false_election_with_the_default_timeouts()
    {
        PaceFigures figures = Run(s_jitter, new PaceSetting(TimeSpan.FromMilliseconds(300), IsMeasured: true), TimeSpan.FromMinutes(10));

        Assert.Equal(0, figures.FalseElections);
        Assert.InRange(figures.BroadcastMilliseconds, 25, 200);
        Assert.True(figures.DetectionMilliseconds < 3000, $"{figures}");
    }

    [Fact]
    public void Where_a_fixed_timeout_loses_leaders_for_nothing_a_measured_one_does_not()
    {
        TimeSpan shortest = TimeSpan.FromMilliseconds(100);

        PaceFigures measured = Run(s_loss, new PaceSetting(shortest, IsMeasured: true), TimeSpan.FromMinutes(2));
        PaceFigures whenFixed = Run(s_loss, new PaceSetting(shortest, IsMeasured: false), TimeSpan.FromMinutes(2));

        Assert.True(10 * measured.FalseElections < whenFixed.FalseElections, $"{measured} {whenFixed}");
    }

    [Fact]
    public void A_cluster_that_a_fixed_timeout_leaves_without_a_leader_forever_finds_one()
    {
        TimeSpan shortest = TimeSpan.FromMilliseconds(300);

        Assert.Equal(double.PositiveInfinity, Run(s_far, new PaceSetting(shortest, IsMeasured: false), TimeSpan.FromMinutes(1)).DetectionMilliseconds);
        Assert.True(double.IsFinite(Run(s_far, new PaceSetting(shortest, IsMeasured: true), TimeSpan.FromMinutes(1)).DetectionMilliseconds));
    }

    private static PaceFigures Run(PaceWeather weather, PaceSetting setting, TimeSpan duration) => new PaceTrial(weather, setting, duration, tries: 3, seed: 1).Run();
}
