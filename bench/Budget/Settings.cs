using System;
using System.Collections.Generic;
using System.Linq;

namespace RaftEngine.Bench.Budget;

/// <summary>Every setting that is measured: the default first, then fixed ones.</summary>
internal static class Settings
{
    private const int LargePayload = 16 << 10;
    private const int ManyMessages = 256;
    private const int ManyBytes = 16 << 20;
    private const int HeartbeatsPerTimeout = 10;

    private static readonly Setting[] ByMessages = [.. ((int[])[1, 2, 4, 8, 16, 32, 64, ManyMessages]).Select(
        static messages => new Setting($"{messages} {(messages == 1 ? "message" : "messages")}", options => WithWindow(options, messages, ManyBytes)))];

    private static readonly Setting[] ByBytes = [.. ((int[])[256, 1024, 4096, 16_384, 65_536]).Select(
        static kibibytes => new Setting($"{kibibytes} KiB", options => WithWindow(options, ManyMessages, kibibytes << 10)))];

    private static readonly Setting[] ByTimeout = [.. ((int[])[100, 300, 1000]).Select(
        static milliseconds => new Setting($"{milliseconds} ms", options => WithElectionTimeout(options, TimeSpan.FromMilliseconds(milliseconds))))];

    /// <summary>Windows of replication: in messages, with room for 16 MiB; for large payloads in bytes, with room for 256 messages.</summary>
    public static IReadOnlyList<Setting> Windows(int payload) => [Setting.Default, .. payload >= LargePayload ? ByBytes : ByMessages];

    /// <summary>Election timeouts, each with heartbeats ten times as frequent.</summary>
    public static IReadOnlyList<Setting> Elections { get; } = [Setting.Default, .. ByTimeout];

    /// <summary>The names of all.</summary>
    public static IEnumerable<string> Names => ((Setting[])[Setting.Default, .. ByMessages, .. ByBytes, .. ByTimeout]).Select(static setting => setting.Name);

    private static RaftOptions WithWindow(RaftOptions options, int messages, int bytes) => options with
    {
        SteersWindows = false,
        MaxInflightMessages = messages,
        MaxInflightBytes = bytes,
    };

    private static RaftOptions WithElectionTimeout(RaftOptions options, TimeSpan timeout) => options with
    {
        ElectionTimeout = timeout,
        MaxElectionTimeout = timeout,
        HeartbeatInterval = timeout / HeartbeatsPerTimeout,
    };
}
