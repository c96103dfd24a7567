using System.Linq;
using System.Text.Json;
using RaftEngine.Bench.Cluster;
using RaftEngine.Bench.Measuring;
using Xunit;

namespace RaftEngine.Tests.Bench.Cluster;

public class ClusterResultsTests
{
    [Fact]
    public void The_file_has_the_names_that_are_promised()
    {
        string json = ResultsFormat.Write(SomeResults.OfClusters());

        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement root = document.RootElement;
        Assert.Equal(150, root.GetProperty("floorMicros").GetDouble());
        JsonElement run = root.GetProperty("runs").EnumerateArray().First();
        foreach (string name in (string[])["nodes", "payload", "concurrency", "opsPerSecond", "p50Micros", "p99Micros", "p999Micros", "maxMicros",
            "allocatedBytesPerCommand", "cpuMicrosPerCommand", "entriesPerSync", "gen0", "floorMicros", "p50Floors", "p99Floors"])
        {
            Assert.Equal(JsonValueKind.Number, run.GetProperty(name).ValueKind);
        }

        Assert.Equal("fsync", run.GetProperty("durability").GetString());
        Assert.Equal("tcp", run.GetProperty("transport").GetString());
        Assert.Equal(2, run.GetProperty("p50Floors").GetDouble());
    }

    [Fact]
    public void What_is_written_is_read_again()
    {
        ClusterResults results = SomeResults.OfClusters();

        ClusterResults read = ResultsFormat.Read<ClusterResults>(ResultsFormat.Write(results));

        Assert.Equal(results.Machine, read.Machine);
        Assert.Equal(ResultsFormat.Write(results), ResultsFormat.Write(read));
    }

    [Theory]
    [InlineData("no JSON")]
    [InlineData("null")]
    [InlineData("[1]")]
    [InlineData("{}")]
    [InlineData("{\"machine\":null,\"runs\":7}")]
    public void What_holds_no_results_is_refused(string text)
    {
        Assert.Throws<System.IO.InvalidDataException>(() => ResultsFormat.Read<ClusterResults>(text));
    }
}
