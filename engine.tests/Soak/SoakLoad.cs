using System;
using System.Collections.Concurrent;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace RaftEngine.Tests.Soak;

/// <summary>What clients do: commands of every size with and without sessions, and reads of every kind.</summary>
internal sealed class SoakLoad(SoakCluster cluster, SoakMeter meter, CancellationToken stop)
{
    public const int Writers = 4;
    public const int SessionWriters = 2;

    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    private readonly ConcurrentDictionary<int, int> _acknowledged = []; // the highest number, by client

    /// <summary>Writes its numbers one after the other; gives up a number whose outcome is unknown.</summary>
    public async Task WriteAsync(int client)
    {
        Random random = new(client);
        for (int number = 1; !stop.IsCancellationRequested;)
        {
            if (Target(random, 0.6) is not { } node)
            {
                await Task.Delay(Pause, CancellationToken.None);
                continue;
            }

            byte[] command = SoakState.Command(client, number, Size(random));
            string kind = node.Role == RaftRole.Leader ? "command" : "forwarded command";
            Exception? end = await meter.CallAsync(
                kind, node, token => node.Raft.ProposeAsync(command, token).AsTask(), CancelAfter(random));
            if (end is null)
            {
                _acknowledged[client] = number;
            }

            number += end is null or OutcomeUnknownException or OperationCanceledException ? 1 : 0;
            await PauseAfterAsync(end);
        }
    }

    /// <summary>Writes its numbers in a session: each is tried until it is acknowledged.</summary>
    public async Task WriteInSessionAsync(int client)
    {
        Random random = new(client);
        long session = 0;
        for (int number = 1; !stop.IsCancellationRequested;)
        {
            if (Target(random, 0.6) is not { } node)
            {
                await Task.Delay(Pause, CancellationToken.None);
                continue;
            }

            if (session == 0)
            {
                Exception? refused = await meter.CallAsync(
                    "session", node, async token => session = await node.Raft.OpenSessionAsync(Lifetime, token));
                await PauseAfterAsync(refused);
                continue;
            }

            byte[] command = SoakState.Command(client, number, Size(random) / 4);
            SessionSequence sequence = new(session, number, number);
            Exception? end = await meter.CallAsync(
                "session command",
                node,
                token => node.Raft.ProposeAsync(sequence, command, token).AsTask(),
                CancelAfter(random));
            if (end is null)
            {
                _acknowledged[client] = number++;
            }

            await PauseAfterAsync(end);
        }
    }

    /// <summary>Reads what some writer has written, at every node and as fresh as can be or as it may be.</summary>
    public async Task ReadAsync(int seed)
    {
        Random random = new(seed);
        while (!stop.IsCancellationRequested)
        {
            if (Target(random, 0.3) is not { } node)
            {
                await Task.Delay(Pause, CancellationToken.None);
                continue;
            }

            int client = random.Next(Writers + SessionWriters);
            int acknowledged = _acknowledged.TryGetValue(client, out int highest) ? highest : 0;
            (string kind, bool isFresh, Func<CancellationToken, Task> read) = random.Next(4) switch
            {
                0 => Read("linearizable read", true, token => node.Raft.ReadBarrierAsync(cancellationToken: token)),
                1 => Read("lease read", true, token => node.Raft.ReadBarrierAsync(ReadConsistency.Lease, token)),
                2 => Read("stale read", false, token => node.Raft.ReadBarrierAsync(TimeSpan.FromMilliseconds(200), token)),
                _ => Read("local read", false, token => node.Raft.ReadBarrierAsync(ReadConsistency.Local, token)),
            };
            Exception? end = await meter.CallAsync(kind, node, read, CancelAfter(random));
            int seen = node.State.Of(client).Highest;
            if (end is null && isFresh && seen < acknowledged)
            {
                meter.Fail(
                    $"{kind} on node {node.Id} sees {seen} of {acknowledged} of client {client}; {node.Raft.Status}");
            }

            await PauseAfterAsync(end);
        }
    }

    /// <summary>What clients were told is in a state that all have; commands of a session once each.</summary>
    public void Check(SoakState state)
    {
        foreach ((int client, int acknowledged) in _acknowledged)
        {
            (int highest, int count) = state.Of(client);
            bool isExactlyOnce = client < Writers || count == highest;
            if (highest < acknowledged || !isExactlyOnce)
            {
                meter.Fail($"Client {client} was told of {acknowledged}; the state has {highest} of it in {count} commands.");
            }
        }
    }

    private static (string Kind, bool IsFresh, Func<CancellationToken, Task> Read) Read(
        string kind, bool isFresh, Func<CancellationToken, ValueTask> read) => (kind, isFresh, token => read(token).AsTask());

    private static int Size(Random random) => random.Next(20) switch
    {
        < 16 => random.Next(512),
        < 19 => random.Next(64 << 10),
        _ => random.Next((1 << 20) - SoakState.HeaderBytes - 64),
    };

    private static TimeSpan? CancelAfter(Random random) =>
        random.Next(20) == 0 ? TimeSpan.FromMilliseconds(random.Next(50)) : null;

    private static Task PauseAfterAsync(Exception? end) => end is null ? Task.CompletedTask : Task.Delay(Pause);

    // The leader, or any node.
    private SoakNode? Target(Random random, double leaders)
    {
        SoakNode[] running = cluster.Running;
        return random.NextDouble() < leaders || running.Length == 0 ? cluster.Leader : running[random.Next(running.Length)];
    }
}
