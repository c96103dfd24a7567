using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace RaftEngine.Tests.Support;

/// <summary>
/// Clients that never stop: one writes at the leader, two read at each member in turn, linearizably. A client that is refused asks elsewhere, as clients do; a read has
/// failed if it shows less than what was acknowledged before it began, and how long writes and reads were not served at all is measured.
/// </summary>
internal sealed class AvailabilityProbe
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(2);

    private volatile (RaftNode<int> Node, ListStateMachine State)[] _members = [];
    private int _acknowledged;

    /// <summary>How many different commands have been acknowledged: "write 0", "write 1", and so on.</summary>
    public int Acknowledged => Volatile.Read(ref _acknowledged);

    /// <summary>The gaps between writes that were served.</summary>
    public ServiceGaps Writes { get; } = new();

    /// <summary>The gaps between reads that were served.</summary>
    public ServiceGaps Reads { get; } = new();

    /// <summary>How long each read took, from the first attempt to the answer.</summary>
    public TimeSpan LongestRead { get; private set; }

    /// <summary>Who is asked from now on.</summary>
    public void Ask(IEnumerable<(RaftNode<int> Node, ListStateMachine State)> members) => _members = [.. members];

    /// <summary>Goes on until told; fails at the first read that does.</summary>
    public Task RunAsync(CancellationToken stop)
    {
        Writes.Begin();
        Reads.Begin();
        return Task.WhenAll(
            Task.Run(() => WriteAsync(stop), CancellationToken.None),
            Task.Run(() => ReadAsync(0, stop), CancellationToken.None),
            Task.Run(() => ReadAsync(1, stop), CancellationToken.None));
    }

    private static string NameOf(int number) => $"write {number.ToString(CultureInfo.InvariantCulture)}";

    private async Task WriteAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            byte[] command = Encoding.UTF8.GetBytes(NameOf(_acknowledged));
            RaftNode<int> leader = _members.Select(static member => member.Node).MaxBy(static node => node.Status is { Role: RaftRole.Leader } status ? status.Term : 0)!;
            try
            {
                await leader.ProposeAsync(command, CancellationToken.None);
                Volatile.Write(ref _acknowledged, _acknowledged + 1);
                Writes.Served();
            }
            catch (Exception e) when (e is NotLeaderException or OutcomeUnknownException or RaftOverloadedException or ObjectDisposedException)
            {
                await Task.Delay(RetryDelay, CancellationToken.None);
            }
        }

        Writes.End();
    }

    private async Task ReadAsync(int turn, CancellationToken stop)
    {
        for (long began = Stopwatch.GetTimestamp(); !stop.IsCancellationRequested; turn++)
        {
            (RaftNode<int> Node, ListStateMachine State)[] members = _members;
            (RaftNode<int> node, ListStateMachine state) = members[turn % members.Length];
            int acknowledged = Acknowledged;
            try
            {
                await node.ReadBarrierAsync(ReadConsistency.Linearizable, CancellationToken.None);
            }
            catch (Exception e) when (e is NotLeaderException or RequestRefusedException or RaftOverloadedException or ObjectDisposedException)
            {
                await Task.Delay(RetryDelay, CancellationToken.None);
                continue;
            }

            if (acknowledged > 0 && Array.LastIndexOf(state.Commands, NameOf(acknowledged - 1)) < 0)
            {
                throw new InvalidOperationException($"A stale read at {node.Status}: '{NameOf(acknowledged - 1)}' was acknowledged before, and is not there.");
            }

            Reads.Served();
            lock (Reads)
            {
                TimeSpan took = Stopwatch.GetElapsedTime(began);
                LongestRead = took > LongestRead ? took : LongestRead;
            }

            await Task.Delay(RetryDelay, CancellationToken.None);
            began = Stopwatch.GetTimestamp();
        }

        Reads.End();
    }
}
