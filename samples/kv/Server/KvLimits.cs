using System;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>What clients may take.</summary>
internal sealed record KvLimits
{
    /// <summary>How many clients may be connected at once.</summary>
    public int MaxConnections { get; init; } = 10_000;

    /// <summary>How many bytes may be held for all of them: see <see cref="HeldBytes"/>.</summary>
    public long MaxHeldBytes { get; init; } = 512L << 20;

    /// <summary>How long a request may take from its first byte to its last.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a client may take to read the next 64 KiB of its replies.</summary>
    public TimeSpan ReplyTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a command waits for a leader, as long as it has not been appended, before its client is told
    /// that there is none.</summary>
    public TimeSpan LeaderTimeout { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>How long a client may send nothing at all.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromHours(1);
}
