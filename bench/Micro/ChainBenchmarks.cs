using System;
using System.IO.Hashing;
using BenchmarkDotNet.Attributes;
using RaftEngine.Log;
using RaftEngine.Protocol;

namespace RaftEngine.Bench.Micro;

/// <summary>
/// One record: copied and chained into a buffer that is warm, as the log does it, beside what it is made of. The roofline is the copy and one CRC-64 over the same bytes.
/// </summary>
[MemoryDiagnoser]
public class ChainBenchmarks
{
    private byte[] _payload = [];
    private byte[] _space = [];
    private long _index;

    [Params(16, 256, 4096)]
    public int PayloadBytes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _payload = new byte[PayloadBytes];
        new Random(1).NextBytes(_payload);
        _space = new byte[RecordFormat.ChainBytes + RecordFormat.SizeOf((uint)PayloadBytes)];
    }

    [Benchmark(Baseline = true, Description = "roofline: copy + Crc64")]
    public ulong Roofline()
    {
        _payload.CopyTo(_space, RecordFormat.ChainBytes + RecordFormat.HeaderBytes);
        return Crc64.HashToUInt64(_space.AsSpan(0, _space.Length - RecordFormat.ChainBytes));
    }

    [Benchmark(Description = "record: encode + chain")]
    public ulong Record() => RecordFormat.Write(_space, EntryKind.Command, ++_index, 1, _payload);

    [Benchmark(Description = "copy + Crc32")]
    public uint CopyAndCrc32()
    {
        _payload.CopyTo(_space, RecordFormat.ChainBytes + RecordFormat.HeaderBytes);
        return Crc32.HashToUInt32(_space.AsSpan(0, _space.Length - RecordFormat.ChainBytes));
    }

    [Benchmark(Description = "copy + XxHash3")]
    public ulong CopyAndXxHash3()
    {
        _payload.CopyTo(_space, RecordFormat.ChainBytes + RecordFormat.HeaderBytes);
        return XxHash3.HashToUInt64(_space.AsSpan(0, _space.Length - RecordFormat.ChainBytes));
    }

    [Benchmark(Description = "copy alone")]
    public void Copy() => _payload.CopyTo(_space, RecordFormat.ChainBytes + RecordFormat.HeaderBytes);
}
