namespace RaftEngine.LogDump.Reading;

/// <summary>A stretch of a segment.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Offset">Where it starts, in bytes.</param>
/// <param name="Length">How long it is, in bytes.</param>
/// <param name="FirstIndex">The index of its first record; 0 if it has none.</param>
/// <param name="LastIndex">The index of its last record; 0 if it has none.</param>
/// <param name="What">What is wrong with it; null if nothing is.</param>
internal readonly record struct Extent(ExtentKind Kind, long Offset, long Length, long FirstIndex = 0, long LastIndex = 0, string? What = null)
{
    public long End => Offset + Length;
}
