using System;

namespace RaftEngine.Consensus;

/// <summary>A message with entries that is on its way.</summary>
/// <param name="LastIndex">The index of the last entry in it.</param>
/// <param name="SizeInBytes">Its entries, in bytes.</param>
/// <param name="SentAt">When it was sent.</param>
/// <param name="FreedBytes">How much had been acknowledged by then, in bytes.</param>
internal readonly record struct InflightMessage(long LastIndex, int SizeInBytes, TimeSpan SentAt, long FreedBytes);
