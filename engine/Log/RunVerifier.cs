using System;

namespace RaftEngine.Log;

/// <summary>STUB.</summary>
internal static class RunVerifier
{
    /// <summary>True if the bytes are exactly the records firstIndex..lastIndex, all of one term, each within maxPayloadBytes, whose chain continues previousChain.</summary>
    public static bool Verify(ReadOnlySpan<byte> records, long firstIndex, long lastIndex, long term, ulong previousChain, int maxPayloadBytes) => throw new NotSupportedException();
}
