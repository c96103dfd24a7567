using System;
using RaftEngine.Storage;

namespace RaftEngine.Log;

/// <summary>Ends a segment at a mark: what was behind it becomes zero, so that no later log can run into it.</summary>
internal static class SegmentEraser
{
    private const int ChunkBytes = 1 << 20;

    /// <summary>Writes the mark and, behind it, zeros up to an offset. Not synced.</summary>
    public static void Erase(IStorageFile file, in SegmentHeader header, in TailMark mark, int zeroUpTo)
    {
        int length = Math.Max(TailMark.SizeInBytes, zeroUpTo - (int)mark.Offset);
        byte[] bytes = new byte[Math.Min(ChunkBytes, length)];

        // A crash may leave the mark, and some of what was to become zero. Who finds the mark must look for that further than a bound, so the mark has none.
        TailMark written = length > mark.UnsyncedBound ? mark with { UnsyncedBound = 0 } : mark;
        written.Write(bytes, header.CreatedStamp);
        for (int done = 0; done < length; done += bytes.Length)
        {
            file.Write(bytes.AsSpan(0, Math.Min(bytes.Length, length - done)), mark.Offset + done);
            bytes.AsSpan(0, TailMark.SizeInBytes).Clear();
        }
    }
}
