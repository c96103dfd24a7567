using RaftEngine.Protocol;

namespace RaftEngine.Tests.Exploration;

/// <summary>A record as it was appended.</summary>
/// <param name="Term">Its term.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Payload">Its payload.</param>
/// <param name="Chain">Its chain value.</param>
internal sealed record ModelRecord(long Term, EntryKind Kind, byte[] Payload, ulong Chain);
