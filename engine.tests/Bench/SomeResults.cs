using System.Linq;
using RaftEngine.Bench.Cluster;
using RaftEngine.Bench.Measuring;
using RaftEngine.Bench.Peers;

namespace RaftEngine.Tests.Bench;

/// <summary>Made-up results of benchmarks.</summary>
internal static class SomeResults
{
    public static readonly Machine Machine = new(2, "A <processor> & \"more\"", "An operating system", "A runtime", "ext4");

    public static ClusterResults OfClusters() => ClusterResults.Of(
        Machine,
        "bench -- cluster",
        isQuick: false,
        callerCpuMicrosPerCommand: 0.4,
        [
            .. from nodes in (int[])[1, 3] from callers in (int[])[1, 16, 256] select Run(nodes, callers, rate: null),
            .. from rate in (int[])[1000, 10_000] select Run(3, 0, rate),
        ]);

    public static PeerResults OfPeers() => new(
        Machine,
        "bench -- peers",
        IsQuick: false,
        ["a system: it is not installed."],
        [
            .. from system in (string[])["RaftEngine", "Another <1.0>"]
               from clients in (int[])[1, 256]
               select new PeerRun
               {
                   Group = "three-durable-nodes",
                   System = system,
                   Nodes = 3,
                   Durability = "All is synced.",
                   Driver = "itself",
                   Payload = 256,
                   Clients = clients,
                   OpsPerSecond = 1000 * clients,
                   P50Micros = 300,
                   P99Micros = 900,
                   MaxMicros = 5000,
               },
        ]);

    private static ClusterRun Run(int nodes, int callers, int? rate) => new()
    {
        Nodes = nodes,
        Payload = 256,
        Concurrency = callers,
        Rate = rate,
        Durability = "fsync",
        Transport = "tcp",
        Inline = false,
        ProposalQueueBytes = 4 << 20,
        Seconds = 5,
        Commands = 100_000,
        OpsPerSecond = 20_000,
        P50Micros = 300,
        P99Micros = 900,
        P999Micros = 2000,
        MaxMicros = 8000,
        FloorMicros = 150,
        RoundTripMicros = 30,
        SyncMicros = 120,
        AllocatedBytesPerCommand = 0.5,
        CpuMicrosPerCommand = 12,
        KernelMicrosPerCommand = 4,
        SyncsPerSecond = 8000,
        EntriesPerSync = 7.5,
        EntriesPerFrame = 6,
        Gen0 = 0,
        Gen2 = 0,
        Failures = 0,
        Overloads = 0,
        Elections = 0,
        SentLateP99Micros = rate is null ? null : 80,
        NotSent = rate is null ? null : 0,
        Distribution = [new(0, 200), new(50, 300), new(99, 900), new(99.9, 2000), new(99.9999, 7000), new(100, 8000)],
        Explanation = callers == 1
            ? new Explanation(16, [new("inbox", 100, 1.5, 2, 1, 9, 10, [new(50, 1), new(100, 10)]), new("own sync", 50, null, 2, 1, 9, 10, [])], [new(7, [3.5, null])])
            : null,
    };
}
