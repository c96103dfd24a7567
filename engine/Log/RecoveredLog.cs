using System.Collections.Generic;

namespace RaftEngine.Log;

/// <summary>What recovery found, all of it on disk.</summary>
/// <param name="Segments">The segments, in order; the last is the one to go on with.</param>
/// <param name="Terms">The term of every index.</param>
/// <param name="Mapped">Which of the sealed ones are mapped.</param>
/// <param name="MarkSequence">The sequence of the last mark written.</param>
/// <param name="TornTailBytes">What was cut off.</param>
internal sealed record RecoveredLog(List<Segment> Segments, TermIndex Terms, MappedSegments Mapped, long MarkSequence, long TornTailBytes);
