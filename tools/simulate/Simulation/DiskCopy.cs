using RaftEngine.Protocol;
using RaftEngine.Simulate.Disk;

namespace RaftEngine.Simulate.Simulation;

/// <summary>A copy of a stopped node's files, and what a node that starts on it finds.</summary>
internal sealed record DiskCopy(DiskImage Image, long LastIndex, HardState HardState, long ConfigurationIndex, ulong Incarnation);
