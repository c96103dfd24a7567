using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net;
using System.Threading.Tasks;
using RaftEngine.Protocol;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;

namespace RaftEngine.Tests.Soak;

/// <summary>Three voters and two nodes that join and leave, over TCP, on real files.</summary>
internal sealed class SoakCluster : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly TemporaryDirectory _directory = new();
    private readonly Guid _clusterId = Guid.NewGuid();
    private readonly Dictionary<ulong, EndPoint> _endPoints = FreePorts.EndPoints(5);
    private readonly ConcurrentDictionary<ulong, SoakNode> _nodes = [];

    /// <summary>Those that are voters all the time.</summary>
    public static ulong[] Voters { get; } = [1, 2, 3];

    /// <summary>Those that join and leave.</summary>
    public static ulong[] Guests { get; } = [4, 5];

    public static ulong[] All { get; } = [.. Voters, .. Guests];

    /// <summary>The nodes that run now.</summary>
    public SoakNode[] Running => [.. _nodes.Values.OrderBy(static node => node.Id)];

    public SoakNode? Leader => Running.Where(static node => node.Role == RaftRole.Leader)
        .MaxBy(static node => node.Raft.Status.Term);

    public async Task StartAsync(ulong id)
    {
        RaftOptions options = new()
        {
            NodeId = id,
            Voters = Voters,
            ClusterId = _clusterId,
            DataDirectory = _directory.Sub(id.ToString(CultureInfo.InvariantCulture)),
            SegmentSizeBytes = 4 << 20,
            SnapshotLogBytes = 8 << 20,
            RetainedLogBytes = 1 << 20,
            MaxSessions = 512,
            ForwardProposals = true,
        };
        TcpTransportOptions transport = new() { ListenEndPoint = (IPEndPoint)_endPoints[id], Peers = _endPoints };
        SoakState state = new();
        _nodes[id] = new SoakNode(id, await RaftNode.StartAsync(options, state, new TcpTransport(transport)), state);
    }

    /// <summary>Stops a node in order, or as a crash of its process would.</summary>
    public async Task StopAsync(SoakNode node, bool abort)
    {
        _nodes.TryRemove(node.Id, out _);
        await (abort ? node.Raft.AbortAsync() : node.Raft.DisposeAsync());
    }

    /// <summary>Waits until all members have applied the same log.</summary>
    public async Task<RaftStatus> ConvergeAsync()
    {
        string last = "";
        long deadline = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        while (Environment.TickCount64 < deadline)
        {
            if (Leader?.Raft.Status is { Configuration: { } members } expected)
            {
                SoakNode[] nodes = [.. Running.Where(node => members.Find(node.Id).Roles != MemberRoles.None)];
                RaftStatus[] statuses = [.. nodes.Select(static node => node.Raft.Status)];
                last = string.Join(Environment.NewLine, statuses);
                if (statuses.All(status => status.AppliedIndex == expected.LastIndex && status.CommitIndex == expected.LastIndex))
                {
                    AssertEqual(nodes, statuses);
                    return expected;
                }
            }

            await Task.Delay(20);
        }

        throw new TimeoutException($"The members do not come to have one log within {Patience}: {last}");
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Running.Select(node => StopAsync(node, abort: false)));
        _directory.Dispose();
    }

    private static void AssertEqual(SoakNode[] nodes, RaftStatus[] statuses)
    {
        string[] states = [.. nodes.Select(static node => node.State.Describe()).Distinct()];
        ulong[] fingerprints = [.. statuses.Select(static status => status.Fingerprint).Distinct()];
        if (states.Length != 1 || fingerprints.Length != 1)
        {
            throw new InvalidOperationException(
                $"Replicas differ: {string.Join(" | ", states)}{Environment.NewLine}{string.Join(" | ", statuses.AsEnumerable())}");
        }
    }
}
