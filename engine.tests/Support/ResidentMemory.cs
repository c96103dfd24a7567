using System;
using System.IO;
using RaftEngine.Pipeline;

namespace RaftEngine.Tests.Support;

/// <summary>How much of some memory is in RAM, by what the kernel says (/proc/self/pagemap).</summary>
internal static class ResidentMemory
{
    private const int PageBytes = 4096;

    public static long ResidentBytes(this InboxRing ring)
    {
        (nint address, int length) = ring.Memory;
        using FileStream map = new("/proc/self/pagemap", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        map.Position = address / PageBytes * sizeof(ulong);
        byte[] entries = new byte[length / PageBytes * sizeof(ulong)];
        map.ReadExactly(entries);
        long pages = 0;
        for (int i = 0; i < entries.Length; i += sizeof(ulong))
        {
            pages += (long)(BitConverter.ToUInt64(entries, i) >> 63);
        }

        return pages * PageBytes;
    }
}
