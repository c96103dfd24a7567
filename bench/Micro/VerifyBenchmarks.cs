using System;
using System.IO.Hashing;
using BenchmarkDotNet.Attributes;
using RaftEngine.Log;
using RaftEngine.Protocol;

namespace RaftEngine.Bench.Micro;

/// <summary>Checking a run of received records, chain and all, beside one CRC-64 over the same bytes.</summary>
[MemoryDiagnoser]
public class VerifyBenchmarks
{
    private const int Records = 256;

    private byte[] _run = [];

    [Params(16, 256, 4096)]
    public int PayloadBytes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        byte[] payload = new byte[PayloadBytes];
        new Random(1).NextBytes(payload);
        int size = (int)RecordFormat.SizeOf((uint)PayloadBytes);
        byte[] chainAndRun = new byte[RecordFormat.ChainBytes + (Records * size)];
        for (int i = 0; i < Records; i++)
        {
            RecordFormat.Write(chainAndRun.AsSpan(i * size, RecordFormat.ChainBytes + size), EntryKind.Command, i + 1, 1, payload);
        }

        _run = chainAndRun[RecordFormat.ChainBytes..];
        if (!Verify())
        {
            throw new InvalidOperationException("The run is not what the verifier takes for one.");
        }
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Records, Description = "roofline: one Crc64")]
    public ulong Roofline() => Crc64.HashToUInt64(_run);

    [Benchmark(OperationsPerInvoke = Records, Description = "verify the run")]
    public bool Verify() => RunVerifier.Verify(_run, 1, Records, 1, 0, PayloadBytes);
}
