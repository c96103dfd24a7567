using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Protocol;

namespace RaftEngine.Tests.Soak;

/// <summary>What administrators do: other members, other leaders, restarts.</summary>
internal sealed class SoakAdministration(SoakCluster cluster, SoakMeter meter, CancellationToken stop)
{
    /// <summary>Has the guests join, rise, fall and leave. Several may do so at once.</summary>
    public async Task ChangeAsync(int seed)
    {
        Random random = new(seed);
        while (await PauseAsync(random, 100))
        {
            if (cluster.Leader is { Raft: var leader } node
                && leader.Status.Configuration is { IsJoint: false } now)
            {
                Configuration target = Another(now, random);
                await meter.CallAsync(
                    "membership change", node, token => leader.ChangeMembersAsync(target, token).AsTask());
            }
        }
    }

    public async Task TransferAsync(int seed)
    {
        Random random = new(seed);
        while (await PauseAsync(random, 1500))
        {
            if (cluster.Leader is { } leader)
            {
                ulong target = SoakCluster.All[random.Next(SoakCluster.All.Length)];
                await meter.CallAsync(
                    "transfer", leader, token => leader.Raft.TransferLeadershipAsync(target, token).AsTask());
            }
        }
    }

    /// <summary>Stops and starts one node after another; two of three voters at once would stop the service.</summary>
    public async Task RestartAsync(int seed)
    {
        Random random = new(seed);
        while (await PauseAsync(random, 2500))
        {
            SoakNode[] running = cluster.Running;
            SoakNode node = running[random.Next(running.Length)];
            bool abort = random.Next(2) == 0;
            await meter.CallAsync(abort ? "abort" : "stop", node, _ => cluster.StopAsync(node, abort));
            await Task.Delay(random.Next(1000), CancellationToken.None);
            await meter.CallAsync("start", null, _ => cluster.StartAsync(node.Id));
        }
    }

    private static Configuration Another(Configuration now, Random random)
    {
        ulong guest = SoakCluster.Guests[random.Next(SoakCluster.Guests.Length)];
        Member member = now.Find(guest);
        Member[] others = [.. now.Members.Where(other => other.NodeId != guest)];
        return random.Next(3) switch
        {
            0 => new Configuration([.. others]),
            1 => new Configuration([.. others, member with { NodeId = guest, Roles = MemberRoles.Learner }]),
            _ => new Configuration([.. others, member with { NodeId = guest, Roles = MemberRoles.Voter }]),
        };
    }

    private async Task<bool> PauseAsync(Random random, int milliseconds)
    {
        try
        {
            await Task.Delay(random.Next(2 * milliseconds), stop);
        }
        catch (OperationCanceledException)
        {
            // It is over.
        }

        return !stop.IsCancellationRequested;
    }
}
