namespace RaftEngine.Log;

/// <summary>A sealed segment, as far as another thread needs to know it to read its file.</summary>
/// <param name="Name">The file's name.</param>
/// <param name="Header">Its header.</param>
/// <param name="Next">The header of the segment after it.</param>
internal sealed record SealedSegment(string Name, SegmentHeader Header, SegmentHeader Next);
