using System.Linq;
using RaftEngine.Bench.Budget;
using RaftEngine.Bench.Measuring;
using Xunit;

namespace RaftEngine.Tests.Bench.Budget;

public class WindowRunTests
{
    [Fact]
    public void The_default_is_compared_with_the_best_other_median_round_by_round()
    {
        Row? row = WindowRun.DefaultByBestFixed([Run("default", 90, 200, 70), Run("a", 1000, 10, 10), Run("b", 100, 100, 100)]);

        Assert.NotNull(row);
        Assert.Equal("10 ms, 256 B, 64 callers: default by the best fixed, b", row.Name);
        Assert.Equal(0.9, row.Ratio, 6);
        Assert.True(row.IsMet);
    }

    [Fact]
    public void A_setting_that_stood_still_is_no_best_one()
    {
        Assert.Null(WindowRun.DefaultByBestFixed([Run("default", 90, 200, 70), Run("a", 1000, 1000, 0)]));
        Assert.Equal(0, WindowRun.DefaultByBestFixed([Run("default", 0, 0, 70), Run("a", 1, 1, 1)])?.Ratio);
    }

    private static WindowRun Run(string setting, params double[] opsPerSecond) => new()
    {
        Network = "10 ms",
        Link = new LinkDelay(10),
        Payload = 256,
        Concurrency = 64,
        Durability = "Fsync",
        Setting = setting,
        Turns = [.. opsPerSecond.Select(static ops => new WindowTurn(ops, 1, 2, Elections: 0, Failures: 0, MostLinkBytes: 0))],
    };
}
