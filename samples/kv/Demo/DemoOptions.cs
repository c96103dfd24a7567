using System;

namespace RaftEngine.Samples.Kv.Demo;

/// <summary>What a demo runs with.</summary>
internal sealed record DemoOptions
{
    /// <summary>The text.</summary>
    public required DemoInput Input { get; init; }

    /// <summary>Where the replicas' directories go.</summary>
    public required string Directory { get; init; }

    /// <summary>How many commands are kept in flight, each under a session of its own: at most <see cref="RaftOptions.MaxSessions"/>.</summary>
    public int Workers { get; init; } = 1024;

    /// <summary>How many commands one client sends, one after the other, before the load, to measure a lone commit.</summary>
    public int OneClientCommands { get; init; } = 500;

    /// <summary>How long nothing at all may be acknowledged, and how long the replicas may take to become equal at the end.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);
}
