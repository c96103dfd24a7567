using System;
using System.IO;
using BenchmarkDotNet.Attributes;
using Microsoft.Win32.SafeHandles;
using RaftEngine.Bench.Log;
using RaftEngine.Bench.Measuring;
using RaftEngine.Log;

namespace RaftEngine.Bench.Micro;

/// <summary>
/// Reading a record in place and its payload once: at the tail, and from sealed segments in order and at random; beside a pread of the same bytes. All is in the page
/// cache.
/// </summary>
[MemoryDiagnoser]
public class ReadBenchmarks
{
    private readonly Random _random = new(1);
    private readonly Effort _small = new(IsQuick: true);
    private string _path = "";
    private LargeLog _large = null!;
    private DataDirectory _directory = null!;
    private SafeFileHandle _file = null!;
    private byte[] _buffer = [];
    private long _tailFirst;
    private long _next = 1;

    [GlobalSetup]
    public void Setup()
    {
        _path = Directory.CreateTempSubdirectory("raftengine-bench-").FullName;
        _large = new LargeLog(_path, _small);
        _directory = _large.Open(isTrusting: true);
        _buffer = new byte[_large.RecordBytes];
        string[] files = _large.Segments;
        _file = File.OpenHandle(files[0], FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        _tailFirst = SegmentFormat.TryParseName(Path.GetFileName(files[^1]), out long first) ? first : 1;
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _file.Dispose();
        _directory.Dispose();
        Directory.Delete(_path, recursive: true);
    }

    [Benchmark(Baseline = true, Description = "pread, at random in one segment")]
    public int Pread()
    {
        RandomAccess.Read(_file, _buffer, SegmentFormat.HeaderBytes + (_random.NextInt64(7000) * _large.RecordBytes));
        return Look(_buffer);
    }

    [Benchmark(Description = "at the tail")]
    public int Tail() => Look(_directory.Log.Read(_random.NextInt64(_tailFirst, _large.Records + 1)).Payload);

    [Benchmark(Description = "sealed, in order")]
    public int InOrder()
    {
        _next = _next == _tailFirst - 1 ? 1 : _next + 1;
        return Look(_directory.Log.Read(_next).Payload);
    }

    [Benchmark(Description = "sealed, at random")]
    public int AtRandom() => Look(_directory.Log.Read(_random.NextInt64(1, _tailFirst)).Payload);

    private static int Look(ReadOnlySpan<byte> payload)
    {
        int sum = 0;
        for (int i = 0; i < payload.Length; i += 64)
        {
            sum += payload[i];
        }

        return sum;
    }
}
