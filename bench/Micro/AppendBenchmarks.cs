using System;
using System.IO;
using System.IO.Hashing;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Engines;
using Microsoft.Win32.SafeHandles;
using RaftEngine.Log;
using RaftEngine.Protocol;

namespace RaftEngine.Bench.Micro;

/// <summary>
/// Appending a group to the log and writing it (no sync: Durability.None), beside the same bytes copied, checksummed and written by one pwrite to a prepared file.
/// Each benchmark writes through 48 MiB of prepared file, then starts again.
/// </summary>
[MemoryDiagnoser]
[SimpleJob(RunStrategy.Throughput, launchCount: 1, warmupCount: 3, iterationCount: 8, invocationCount: 16)]
public class AppendBenchmarks
{
    private const int BytesPerInvocation = 2 << 20;

    private string _path = "";
    private DataDirectory _directory = null!;
    private SafeFileHandle _file = null!;
    private FileStream _stream = null!;
    private byte[] _payload = [];
    private byte[] _group = [];
    private int _recordBytes;
    private long _offset;

    [Params(16, 256, 4096)]
    public int PayloadBytes { get; set; }

    [Params(1, 16, 256)]
    public int Batch { get; set; }

    private int Groups => Math.Max(1, BytesPerInvocation / (_recordBytes * Batch));

    [GlobalSetup]
    public void Setup()
    {
        _path = Directory.CreateTempSubdirectory("raftengine-bench-").FullName;
        _payload = new byte[PayloadBytes];
        new Random(1).NextBytes(_payload);
        _recordBytes = (int)RecordFormat.SizeOf((uint)PayloadBytes);
        _group = new byte[_recordBytes * Batch];
        byte[] zeros = new byte[64 << 20];
        File.WriteAllBytes(Path.Combine(_path, "raw"), zeros);
        File.WriteAllBytes(Path.Combine(_path, "stream"), zeros);
        _file = File.OpenHandle(Path.Combine(_path, "raw"), FileMode.Open, FileAccess.ReadWrite);
        _stream = new FileStream(Path.Combine(_path, "stream"), FileMode.Open, FileAccess.ReadWrite);
    }

    [IterationSetup(Target = nameof(Log))]
    public void OpenLog() => _directory = DataDirectory.Open(Path.Combine(_path, "log"), new LogOptions
    {
        ClusterId = Guid.NewGuid(),
        GroupId = 0,
        NodeId = 1,
        SegmentSizeBytes = 64 << 20,
        MaxPayloadBytes = 1 << 20,
        MaxUnsyncedBytes = 0,
    });

    [IterationCleanup(Target = nameof(Log))]
    public void CloseLog()
    {
        _directory.Dispose();
        Directory.Delete(Path.Combine(_path, "log"), recursive: true);
    }

    [IterationSetup(Targets = [nameof(Raw), nameof(Stream)])]
    public void Rewind()
    {
        _offset = 0;
        _stream.Position = 0;
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _file.Dispose();
        _stream.Dispose();
        Directory.Delete(_path, recursive: true);
    }

    [Benchmark(Baseline = true, Description = "copy + Crc64 + pwrite")]
    public void Raw()
    {
        for (int i = 0; i < Groups; i++)
        {
            for (int j = 0; j < Batch; j++)
            {
                Span<byte> record = _group.AsSpan(j * _recordBytes, _recordBytes);
                _payload.CopyTo(record);
                Crc64.Hash(record[..^8], record[^8..]);
            }

            RandomAccess.Write(_file, _group, _offset);
            _offset += _group.Length;
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

    [Benchmark(Description = "FileStream: write, no checksum")]
    public void Stream()
    {
        for (int i = 0; i < Groups; i++)
        {
            for (int j = 0; j < Batch; j++)
            {
                _stream.Write(_payload);
            }

            _stream.Flush();
        }
    }
}
