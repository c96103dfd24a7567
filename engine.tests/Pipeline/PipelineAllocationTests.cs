using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net;
using System.Threading.Tasks;
using RaftEngine.Pipeline;
using RaftEngine.Tests.Support;
using RaftEngine.Tests.Transport;
using RaftEngine.Transport;
using Xunit;
using Xunit.Abstractions;
using Eventually = RaftEngine.Tests.Support.Eventually;

namespace RaftEngine.Tests.Pipeline;

/// <summary>
/// From the call to the result, over all threads of the process, a command allocates nothing; what a batch or a heartbeat may cost is lost among the commands.
/// RAFTENGINE_COMMANDS=1000000 has each measured over so many.
/// </summary>
[Collection(RunsAlone.Name)]
public sealed class PipelineAllocationTests(ITestOutputHelper output)
{
    private const int Windows = 16; // a window may be as short as 20 ms, and such a queue double in several in a row
    private const int InFlight = 256;

    // The quietest window counts: what is allocated now and then is not the commands'. A stalled machine has a peer's buffers grow to what waits for it, and the thread pool
    // start threads and double its queue, if one of its threads loses the processor in the middle of taking from it.
    private const double MostBytesPerCommand = 0.2;

    private static readonly int CommandsPerWindow = int.Parse(Environment.GetEnvironmentVariable("RAFTENGINE_COMMANDS") ?? "20000", CultureInfo.InvariantCulture);

    private readonly byte[] _command = new byte[64];
    private readonly ValueTask<Applied<long>>[] _inFlight = new ValueTask<Applied<long>>[InFlight];
    private readonly long[] _sessions = new long[8]; // 32 commands of each in flight; 0 where commands are of none
    private long _proposed;
    private long _samples;

    [Theory]
    [InlineData(1, Durability.None, false)]
    [InlineData(1, Durability.None, true)]
    [InlineData(1, Durability.Fsync, false)]
    [InlineData(3, Durability.Fsync, false)]
    [InlineData(3, Durability.Fsync, false, true)]
    [InlineData(3, Durability.None, false, false, true)]
    [InlineData(3, Durability.Fsync, false, false, true)]
    [InlineData(3, Durability.None, false, false, false, true)]
    public async Task A_command_allocates_nothing_on_any_thread(
        int size, Durability durability, bool isOfSession, bool isForwarded = false, bool isTcp = false, bool isSampled = false)
    {
        using TemporaryDirectory directory = new();
        InMemoryNetwork network = new();
        Dictionary<ulong, EndPoint> endPoints = isTcp ? FreePorts.EndPoints(size) : [];
        ulong[] voters = [.. Enumerable.Range(1, size).Select(id => (ulong)id)];
        RaftNode<long>[] nodes = new RaftNode<long>[size];
        Guid clusterId = Guid.NewGuid();
        for (int i = 0; i < size; i++)
        {
            GatedStateMachine stateMachine = new();
            stateMachine.Gate.Set();
            RaftOptions options = new()
            {
                NodeId = voters[i],
                Voters = voters,
                ClusterId = clusterId,
                DataDirectory = directory.Sub(voters[i].ToString(CultureInfo.InvariantCulture)),
                Durability = durability,
                SegmentSizeBytes = 32 << 20,
                ElectionTimeout = TimeSpan.FromSeconds(1),
                ForwardProposals = isForwarded,
            };
            IRaftTransport transport = isTcp
                ? new TcpTransport(new TcpTransportOptions { ListenEndPoint = (IPEndPoint)endPoints[voters[i]], Peers = endPoints })
                : network.CreateTransport(voters[i]);
            nodes[i] = await RaftNode.StartAsync(options, stateMachine, transport);
        }

        RaftNode<long> leader = await Eventually.NotNull(() => nodes.FirstOrDefault(node => node.Status is { Role: RaftRole.Leader, CommitIndex: > 0 }), "a leader");
        for (int i = 0; i < _sessions.Length && isOfSession; i++)
        {
            _sessions[i] = await leader.OpenSessionAsync(TimeSpan.FromHours(1));
        }

        ulong leaderId = leader.Status.NodeId;
        RaftNode<long> given = !isForwarded ? leader
            : await Eventually.NotNull(() => nodes.FirstOrDefault(node => node != leader && node.Status.LeaderId == leaderId), "a follower");
        given.SampleLatencies(isSampled ? new LatencySampler(4, _ => _samples++) : null);
        await ProposeAsync(given, CommandsPerWindow);
        double least = await MeasureAsync(given);
        foreach (RaftNode<long> node in nodes)
        {
            await node.DisposeAsync();
        }

        Assert.InRange(least, 0, MostBytesPerCommand);
        Assert.Equal(isSampled, _samples > 0);
    }

    private async Task<double> MeasureAsync(RaftNode<long> node)
    {
        AllocationWindow[] windows = new AllocationWindow[Windows];
        for (int i = 0; i < Windows; i++)
        {
            AllocationWindow window = AllocationWindow.Begin();
            await ProposeAsync(node, CommandsPerWindow);
            windows[i] = window.End();
        }

        // Only now: what is written is passed on by another thread, which would allocate in the next window.
        foreach (AllocationWindow window in windows)
        {
            output.WriteLine($"{CommandsPerWindow} commands: {window}");
        }

        return windows.Min(static window => window.BytesOfWork) / CommandsPerWindow;
    }

    private async Task ProposeAsync(RaftNode<long> node, int count)
    {
        for (int i = 0; i < count + InFlight; i++)
        {
            if (i >= InFlight)
            {
                await _inFlight[i % InFlight].ConfigureAwait(false);
            }

#pragma warning disable CA2012 // Each is awaited once, above, when the ring comes around.
            _inFlight[i % InFlight] = i < count ? Propose(node) : default;
#pragma warning restore CA2012
        }
    }

    private ValueTask<Applied<long>> Propose(RaftNode<long> node)
    {
        long number = _proposed++;
        long session = _sessions[number % _sessions.Length];
        long sequence = 1 + (number / _sessions.Length);
        return session == 0 ? node.ProposeAsync(_command) : node.ProposeAsync(new SessionSequence(session, sequence, Math.Max(1, sequence - 32)), _command);
    }
}
