using RaftEngine.Snapshots;

namespace RaftEngine.LogDump.Reading;

/// <summary>A snapshot file, by its name and header.</summary>
/// <param name="Name">The file's name.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Header">What it stands for; null if the header is damaged.</param>
/// <param name="Damage">What is wrong with it, as far as it was read; null if nothing is.</param>
internal sealed record SnapshotFacts(string Name, long Bytes, SnapshotHeader? Header, SnapshotCorruptedException? Damage);
