using System;
using System.Diagnostics;
using System.IO;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using RaftEngine.Log;

namespace RaftEngine.Bench.Log;

/// <summary>
/// The records of a large log, read into memory: over them runs the CRC-64 that recovery is compared with. Whatever a file and its mapping cost, it does not pay.
/// </summary>
internal sealed unsafe class RecordBytes : IDisposable
{
    private readonly int _recordBytes;
    private readonly byte* _bytes;
    private readonly (long Start, int Length)[] _segments; // each begins with the 8 bytes before its first record
    private ulong _result;

    /// <summary>Reads them.</summary>
    public RecordBytes(LargeLog log)
    {
        _recordBytes = log.RecordBytes;
        string[] files = log.Segments;
        _segments = new (long, int)[files.Length];
        _bytes = (byte*)NativeMemory.Alloc((nuint)((log.Records * _recordBytes) + (files.Length * RecordFormat.ChainBytes)));
        long start = 0;
        for (int i = 0; i < files.Length; i++)
        {
            long next = i + 1 < files.Length ? FirstIndexOf(files[i + 1]) : log.Records + 1;
            int length = RecordFormat.ChainBytes + (int)((next - FirstIndexOf(files[i])) * _recordBytes);
            using SafeFileHandle file = File.OpenHandle(files[i]);
            for (int read = 0; read < length;)
            {
                read += RandomAccess.Read(file, new Span<byte>(_bytes + start + read, length - read), SegmentFormat.HeaderBytes - RecordFormat.ChainBytes + read);
            }

            _segments[i] = (start, length);
            start += length;
        }
    }

    /// <summary>One CRC-64 a record, over what the format has it cover.</summary>
    /// <returns>Milliseconds.</returns>
    public double TimeChain()
    {
        long begin = Stopwatch.GetTimestamp();
        foreach ((long start, int length) in _segments)
        {
            for (int offset = 0; offset + _recordBytes < length; offset += _recordBytes)
            {
                _result ^= Crc64.HashToUInt64(new ReadOnlySpan<byte>(_bytes + start + offset, _recordBytes));
            }
        }

        return Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
    }

    /// <summary>One CRC-64 a segment.</summary>
    /// <returns>Milliseconds.</returns>
    public double TimeBlocks()
    {
        long begin = Stopwatch.GetTimestamp();
        foreach ((long start, int length) in _segments)
        {
            _result ^= Crc64.HashToUInt64(new ReadOnlySpan<byte>(_bytes + start, length));
        }

        return Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
    }

    public void Dispose() => NativeMemory.Free(_bytes);

    private static long FirstIndexOf(string path) =>
        SegmentFormat.TryParseName(Path.GetFileName(path), out long index) ? index : throw new InvalidOperationException($"{path} is no segment.");
}
