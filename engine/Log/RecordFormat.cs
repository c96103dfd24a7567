using System;

namespace RaftEngine.Log;

internal static class RecordFormat
{
    public static int OffsetOfRecord(ReadOnlySpan<byte> run, long position) => throw new NotSupportedException();
    public static ulong ChainBefore(ReadOnlySpan<byte> run, int offset) => throw new NotSupportedException();
}
