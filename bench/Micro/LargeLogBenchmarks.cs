using System.IO;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Engines;
using RaftEngine.Bench.Log;
using RaftEngine.Bench.Measuring;
using RaftEngine.Log;

namespace RaftEngine.Bench.Micro;

/// <summary>Opening a log of 1 GiB of 256-byte entries: every record verified, and sealed segments trusted; beside CRC-64 over the same bytes in memory.</summary>
[MemoryDiagnoser]
[SimpleJob(RunStrategy.Monitoring, launchCount: 1, warmupCount: 2, iterationCount: 10)]
public class LargeLogBenchmarks
{
    private string _path = "";
    private LargeLog _log = null!;
    private RecordBytes _bytes = null!;
    private DataDirectory? _open;

    [GlobalSetup]
    public void Setup()
    {
        _path = Directory.CreateTempSubdirectory("raftengine-bench-").FullName;
        _log = new LargeLog(_path, new Effort(IsQuick: false));
        _bytes = new RecordBytes(_log);
    }

    [IterationCleanup]
    public void Close()
    {
        _open?.Dispose();
        _open = null;
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _bytes.Dispose();
        Directory.Delete(_path, recursive: true);
    }

    [Benchmark(Baseline = true, Description = "roofline: Crc64 of each record")]
    public double Chain() => _bytes.TimeChain();

    [Benchmark(Description = "roofline: Crc64 of each segment in one")]
    public double Blocks() => _bytes.TimeBlocks();

    [Benchmark(Description = "recovery: all verified")]
    public void Recover() => _open = _log.Open(isTrusting: false);

    [Benchmark(Description = "open: sealed segments trusted")]
    public void OpenTrusting() => _open = _log.Open(isTrusting: true);
}
