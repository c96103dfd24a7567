namespace RaftEngine.LogDump.Reading;

/// <summary>Something that a verification has found.</summary>
/// <param name="IsDamage">True for damage; false for a warning.</param>
/// <param name="File">The file.</param>
/// <param name="Offset">The offset in it, in bytes; −1 if it is not of one place.</param>
/// <param name="Index">The log index of the record there; 0 if it is not of a record.</param>
/// <param name="What">What it is, in the words of a node.</param>
internal sealed record Finding(bool IsDamage, string File, long Offset, long Index, string What);
