using RaftEngine.Protocol;

namespace RaftEngine.Log;

/// <summary>A record that was looked up: verified, and a copy.</summary>
/// <param name="Index">Its index.</param>
/// <param name="Term">Its term.</param>
/// <param name="Kind">What it carries.</param>
/// <param name="Payload">What it carries, in bytes.</param>
/// <param name="Chain">Its CRC.</param>
/// <param name="Segment">The file that it is in.</param>
/// <param name="Offset">Where it starts there, in bytes.</param>
internal sealed record LookedUpRecord(long Index, long Term, EntryKind Kind, byte[] Payload, ulong Chain, string Segment, long Offset);
