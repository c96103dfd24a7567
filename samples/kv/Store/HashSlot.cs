using System;

namespace RaftEngine.Samples.Kv.Store;

/// <summary>The slot of a key, as Redis Cluster counts them: CRC16 (XMODEM) of the key, or of what stands in its first
/// braces.</summary>
internal static class HashSlot
{
    /// <summary>How many slots there are.</summary>
    public const int Count = 16_384;

    private const int Polynomial = 0x1021;

    public static int Of(ReadOnlySpan<byte> key)
    {
        int open = key.IndexOf((byte)'{');
        int close = open < 0 ? -1 : key[(open + 1)..].IndexOf((byte)'}');
        ReadOnlySpan<byte> hashed = close > 0 ? key.Slice(open + 1, close) : key;
        int crc = 0;
        foreach (byte b in hashed)
        {
            crc ^= b << 8;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 0x8000) != 0 ? (crc << 1) ^ Polynomial : crc << 1;
            }

            crc &= 0xFFFF;
        }

        return crc % Count;
    }
}
