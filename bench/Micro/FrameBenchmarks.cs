using System;
using System.IO.Hashing;
using BenchmarkDotNet.Attributes;
using RaftEngine.Protocol;
using RaftEngine.Transport;

namespace RaftEngine.Bench.Micro;

/// <summary>Encoding and decoding a message's header, beside what it cannot do without: one CRC-64 over the header's bytes.</summary>
[MemoryDiagnoser]
public class FrameBenchmarks
{
    private static readonly Guid Cluster = new("6f1f64a8-3a5e-4b0e-9d0f-1f6a5b7c8d9e");

    private readonly byte[] _header = new byte[FrameFormat.HeaderBytes];
    private FrameScope _scope;
    private Message _message;

    [GlobalSetup]
    public void Setup()
    {
        _message = new Message
        {
            Kind = MessageKind.AppendRequest,
            From = 1,
            To = 2,
            Term = 7,
            Index = 1_000_000,
            IndexTerm = 7,
            LastIndex = 1_000_256,
            EntryTerm = 7,
            Commit = 999_900,
            PreviousChain = 0x0123_4567_89AB_CDEF,
        };
        _scope = new FrameScope(Cluster, 0, 1, 2, 1 << 20);
        Encode();
        if (Decode() != _message)
        {
            throw new InvalidOperationException("A message does not come back as it was.");
        }
    }

    [Benchmark(Baseline = true, Description = "floor: one Crc64 over a header")]
    public ulong Floor() => Crc64.HashToUInt64(_header);

    [Benchmark(Description = "encode")]
    public void Encode() => FrameFormat.Write(_header, in _message, Cluster, groupId: 0, bodyBytes: 75_776);

    [Benchmark(Description = "decode and check")]
    public Message Decode()
    {
        FrameFormat.TryRead(_header, in _scope, out Message message, out _);
        return message;
    }
}
