using System;
using System.Threading.Tasks;
using RaftEngine.Bench.Measuring;

namespace RaftEngine.Bench.Peers;

/// <summary>A system that may be compared.</summary>
/// <param name="Group">What it is compared with: the systems of a group do the same work.</param>
/// <param name="Name">Its name.</param>
/// <param name="Missing">What is not installed; null if it can be started.</param>
/// <param name="StartAsync">Starts it, with files in a workspace.</param>
internal sealed record PeerSource(string Group, string Name, string? Missing, Func<Workspace, Task<IPeer>> StartAsync);
