using System;
using System.IO;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Engines;
using FASTER.core;
using RaftEngine.Bench.Baselines;
using RaftEngine.Bench.Measuring;
using RaftEngine.Log;
using RaftEngine.Protocol;

namespace RaftEngine.Bench.Micro;

/// <summary>
/// Appending groups and writing them, without a sync (Durability.None), beside the roofline, which is the same bytes copied and checksummed; the roofline with the same
/// writes; FasterLog with a checksum for each entry and a file behind it; and a FileStream. An invocation writes some 2 MiB.
/// </summary>
[MemoryDiagnoser]
[SimpleJob(RunStrategy.Throughput, launchCount: 1, warmupCount: 3, iterationCount: 8, invocationCount: 16)]
public class AppendBenchmarks
{
    private const int BytesPerInvocation = 2 << 20;
    private const int FileBytes = 64 << 20;

    private string _path = "";
    private DataDirectory _directory = null!;
    private ZeroedFile _rawFile = null!;
    private ZeroedFile _fasterFile = null!;
    private FileDevice _device = null!;
    private FasterLog _faster = null!;
    private FileStream _stream = null!;
    private Roofline _roofline = null!;
    private byte[] _payload = [];

    [Params(16, 256, 4096, 65536)]
    public int PayloadBytes { get; set; }

    [Params(1, 16, 256)]
    public int Batch { get; set; }

    private int Groups => Math.Max(1, BytesPerInvocation / ((int)RecordFormat.SizeOf((uint)PayloadBytes) * Batch));

    [GlobalSetup]
    public void Setup()
    {
        _path = Directory.CreateTempSubdirectory("raftengine-bench-").FullName;
        _payload = new byte[PayloadBytes];
        new Random(1).NextBytes(_payload);
        _roofline = new Roofline(PayloadBytes, Batch);
        _rawFile = new ZeroedFile(Path.Combine(_path, "raw"), FileBytes);
        _fasterFile = new ZeroedFile(Path.Combine(_path, "faster"), FasterLogs.FileBytes);
        _device = new FileDevice(_fasterFile, isSynced: false);
        _faster = PayloadBytes < 16 << 10 ? FasterLogs.ForEnqueueing(_device) : FasterLogs.ForCommitting(_device);
        new ZeroedFile(Path.Combine(_path, "stream"), FileBytes).Dispose();
        _stream = new FileStream(Path.Combine(_path, "stream"), FileMode.Open, FileAccess.ReadWrite);
    }

    [IterationSetup(Target = nameof(Log))]
    public void OpenLog() => _directory = DataDirectory.Open(Path.Combine(_path, "log"), Workspace.Options with { MaxUnsyncedBytes = 0 });

    [IterationCleanup(Target = nameof(Log))]
    public void CloseLog()
    {
        _directory.Abandon();
        Directory.Delete(Path.Combine(_path, "log"), recursive: true);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _rawFile.Dispose();
        _faster.Dispose();
        _device.Dispose();
        _fasterFile.Dispose();
        _stream.Dispose();
        Directory.Delete(_path, recursive: true);
    }

    [Benchmark(Baseline = true, Description = "roofline: copy + Crc64")]
    public void CopyAndChecksum()
    {
        for (int i = 0; i < Groups; i++)
        {
            _roofline.Fill(_payload);
        }
    }

    [Benchmark(Description = "roofline + pwrite")]
    public void CopyChecksumAndWrite()
    {
        for (int i = 0; i < Groups; i++)
        {
            _roofline.Fill(_payload);
            _rawFile.Write(_roofline.Group, _roofline.Group.Length);
        }
    }

    [Benchmark(Description = "log: append + flush")]
    public void Log()
    {
        SegmentedLog log = _directory.Log;
        for (int i = 0; i < Groups; i++)
        {
            for (int j = 0; j < Batch; j++)
            {
                log.Append(EntryKind.Command, 1, _payload);
            }

            log.Flush();
        }
    }

    [Benchmark(Description = "FasterLog: enqueue, checksum per entry")]
    public void Faster()
    {
        for (int i = 0; i < Groups * Batch; i++)
        {
            _faster.Enqueue(_payload.AsSpan());
        }

        _faster.Commit(spinWait: true);
    }

    [Benchmark(Description = "FileStream: write, no checksum")]
    public void Stream()
    {
        for (int i = 0; i < Groups; i++)
        {
            _stream.Position = _stream.Position + (Batch * PayloadBytes) > FileBytes ? 0 : _stream.Position;
            for (int j = 0; j < Batch; j++)
            {
                _stream.Write(_payload);
            }

            _stream.Flush();
        }
    }
}
