using System.IO;
using RaftEngine.Bench.Peers;
using Xunit;

namespace RaftEngine.Tests.Bench.Peers;

public class RedisBenchmarkTests
{
    private const string Names = "\"test\",\"rps\",\"avg_latency_ms\",\"min_latency_ms\",\"p50_latency_ms\",\"p95_latency_ms\",\"p99_latency_ms\",\"max_latency_ms\"";

    [Fact]
    public void Its_table_is_read_in_microseconds()
    {
        PeerFigures figures = RedisBenchmark.Parse($"{Names}\n\"SET\",\"12345.60\",\"1.500\",\"0.100\",\"1.207\",\"2.000\",\"3.500\",\"40.250\"\n");

        Assert.Equal(new PeerFigures(12345.6, 1207, 3500, 40_250), figures);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"SET\",\"12345.60\"\n")]
    [InlineData(Names + "\n\"SET\",\"12345.60\"\n")]
    [InlineData(Names + "\n\"SET\",\"x\",\"1\",\"1\",\"1\",\"1\",\"1\",\"1\"\n")]
    public void What_is_no_table_of_it_is_refused(string text)
    {
        Assert.Throws<InvalidDataException>(() => RedisBenchmark.Parse(text));
    }
}
