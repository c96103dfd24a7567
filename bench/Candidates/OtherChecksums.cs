using System;
using System.Collections.Generic;
using System.IO.Hashing;
using RaftEngine.Bench.Measuring;

namespace RaftEngine.Bench.Candidates;

/// <summary>Copying a payload and chaining it with another checksum than CRC-64: each covers the one before it.</summary>
internal sealed class OtherChecksums(Effort effort)
{
    private const int FramingBytes = 32;

    private readonly byte[] _payload = new byte[64 << 10];
    private readonly byte[] _space = new byte[(64 << 10) + (2 * FramingBytes)];

    /// <summary>Measures both, for small records and large.</summary>
    public IEnumerable<Row> Measure()
    {
        new Random(1).NextBytes(_payload);
        foreach ((int bytes, string name) in ((int, string)[])[(64, "64 B"), (256, "256 B"), (4 << 10, "4 KiB"), (64 << 10, "64 KiB")])
        {
            int count = Math.Max(8, effort.Count(4 << 20) / bytes);
            yield return Rounds.Run(effort.Rounds(25), () => Time(count, () => Crc32Chained(bytes)), () => Time(count, () => Crc64Chained(bytes)))
                .OursByBaseline($"record of {name}: copy + Crc32 / copy + Crc64", "ns/record");
            yield return Rounds.Run(effort.Rounds(25), () => Time(count, () => XxHash3Chained(bytes)), () => Time(count, () => Crc64Chained(bytes)))
                .OursByBaseline($"record of {name}: copy + XxHash3 / copy + Crc64", "ns/record");
        }
    }

    private static double Time(int count, Action action) => DurableGroup.Time(count, action) * 1000;

    private void Crc64Chained(int bytes) => Crc64.Hash(Copy(bytes), _space); // where the next one begins

    private void Crc32Chained(int bytes) => Crc32.Hash(Copy(bytes), _space);

    private void XxHash3Chained(int bytes) => XxHash3.Hash(Copy(bytes), _space);

    private ReadOnlySpan<byte> Copy(int bytes)
    {
        _payload.AsSpan(0, bytes).CopyTo(_space.AsSpan(FramingBytes));
        return _space.AsSpan(0, FramingBytes + bytes);
    }
}
