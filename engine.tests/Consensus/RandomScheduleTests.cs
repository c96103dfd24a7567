using System;
using System.Globalization;
using Xunit;

namespace RaftEngine.Tests.Consensus;

/// <summary>Raft Figure 3 on schedules drawn from seeds.</summary>
public sealed class RandomScheduleTests
{
    private const int Steps = 6000;

    /// <summary>This one has the same seeds each time, so that what must happen in it, for schedules in which nothing happens prove nothing, depends on no luck.</summary>
    private const int FixedBlock = 6;

    // Another one each time; a failure prints the seed of its schedule, which RAFTENGINE_SCHEDULE runs again, alone.
    private static readonly ulong s_seed = (ulong)Random.Shared.NextInt64(1L << 40);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Raft_keeps_its_promises_under_every_schedule_and_comes_to_rest_after_it(int block)
    {
        const int SeedsPerBlock = 50;
        long committed = 0;
        long elections = 0;
        long reads = 0;
        long forwarded = 0;
        long leases = 0;
        long changes = 0;
        long transfers = 0;
        long snapshots = 0;
        long wipes = 0;
        long losses = 0;
        for (int i = 0; i < SeedsPerBlock; i++)
        {
            RandomSchedule schedule = new((block == FixedBlock ? 0 : s_seed) + (ulong)((block * 1000) + i));
            schedule.Run(Steps);
            committed += schedule.Committed;
            elections += schedule.Elections;
            reads += schedule.ReadsConfirmed;
            forwarded += schedule.ForwardedReadsAnswered;
            leases += schedule.LeaseReads;
            changes += schedule.ChangesBegun;
            transfers += schedule.TransfersBegun;
            snapshots += schedule.SnapshotsInstalled;
            wipes += schedule.Wipes;
            losses += schedule.PowerLosses;
        }

        if (block != FixedBlock)
        {
            return;
        }

        Assert.True(committed > SeedsPerBlock * 20, $"{committed} entries committed");
        Assert.True(elections > SeedsPerBlock * 2, $"{elections} elections");
        Assert.True(reads > SeedsPerBlock, $"{reads} reads confirmed");
        Assert.True(forwarded > SeedsPerBlock, $"{forwarded} reads of followers answered");
        Assert.True(leases > SeedsPerBlock * 100, $"{leases} reads under a lease");
        Assert.True(changes > SeedsPerBlock, $"{changes} changes of the configuration");
        Assert.True(transfers > SeedsPerBlock, $"{transfers} transfers");
        Assert.True(wipes > 0, "no disk lost");
        Assert.True(losses > SeedsPerBlock / 5, $"{losses} losses of power where unsynced entries are acknowledged");
        Assert.True(snapshots > SeedsPerBlock / 2, $"{snapshots} snapshots installed");
    }

    [Fact]
    public void A_schedule_is_run_again_by_its_seed()
    {
        string? seed = Environment.GetEnvironmentVariable("RAFTENGINE_SCHEDULE");
        new RandomSchedule(seed is null ? s_seed : ulong.Parse(seed, CultureInfo.InvariantCulture)).Run(Steps);
    }

    [Theory]
    [InlineData(11UL)]
    [InlineData(12UL)]
    [InlineData(13UL)]
    public void The_same_seed_gives_the_same_trace_and_another_seed_another(ulong seed)
    {
        Assert.Equal(TraceOf(seed), TraceOf(seed));
        Assert.NotEqual(TraceOf(seed), TraceOf(seed + 100));
    }

    private static ulong TraceOf(ulong seed)
    {
        RandomSchedule schedule = new(seed);
        schedule.Run(Steps);
        return schedule.TraceHash;
    }
}
