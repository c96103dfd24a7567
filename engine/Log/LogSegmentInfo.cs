using System;

namespace RaftEngine.Log;

/// <summary>A segment file, by its header.</summary>
/// <param name="Name">The file's name.</param>
/// <param name="FirstIndex">The index of its first record.</param>
/// <param name="SizeBytes">The file's size, in bytes.</param>
/// <param name="IsSealed">True if another segment follows: this one is not written any more.</param>
/// <param name="LogId">The log it belongs to.</param>
/// <param name="Created">When it was begun.</param>
/// <param name="PreviousTerm">The term of the record before its first.</param>
/// <param name="ChainSeed">The chain value that its first record continues.</param>
public sealed record LogSegmentInfo(
    string Name, long FirstIndex, long SizeBytes, bool IsSealed, Guid LogId, DateTimeOffset Created, long PreviousTerm, ulong ChainSeed);
