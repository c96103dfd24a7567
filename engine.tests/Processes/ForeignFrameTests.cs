using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using RaftEngine.Protocol;
using RaftEngine.Tests.Transport;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests.Processes;

/// <summary>Frames written by hand, under the number of a member and of a node that is none, against replicas under load: they cost a connection and nothing else.</summary>
[Collection(RunsProcesses.Name)]
public sealed class ForeignFrameTests
{
    private const ulong Stranger = 4; // it has an address, and is no member

    // Elections that a busy machine causes by itself do not count.
    private const long MostElections = 60;

    [Fact]
    public async Task One_frame_with_a_huge_term_ends_nothing()
    {
        await using ProcessCluster cluster = new(withStranger: true);
        await using WriteLoad load = new(1, cluster.ClientPorts);
        await cluster.StartAsync();
        load.Start();
        await load.AcknowledgeMoreAsync(20);
        (int follower, int other) = await FollowersAsync(cluster);
        long term = (await cluster.InfoAsync(follower)).Term;
        foreach (long huge in new[] { long.MaxValue - 1, 1L << 61, 1L << 40, term + (1L << 21) })
        {
            Message heartbeat = new() { Kind = MessageKind.HeartbeatRequest, From = (ulong)other, To = (ulong)follower, Term = huge };
            await SendAsync(cluster, heartbeat);
            await load.AcknowledgeMoreAsync(10);
        }

        await RequireUndisturbedAsync(cluster, load, term);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task No_kind_of_message_with_a_term_far_ahead_moves_a_term(bool toLeader)
    {
        await using ProcessCluster cluster = new(withStranger: true);
        await using WriteLoad load = new(1, cluster.ClientPorts);
        await cluster.StartAsync();
        load.Start();
        await load.AcknowledgeMoreAsync(20);
        (int follower, int other) = await FollowersAsync(cluster);
        int leader = await cluster.LeaderAsync();
        int target = toLeader ? leader : follower;
        long term = (await cluster.InfoAsync(target)).Term;
        foreach (ulong sender in new[] { (ulong)other, Stranger })
        {
            foreach (Message message in Messages(term, sender, (ulong)target))
            {
                await SendAsync(cluster, message);
            }

            await load.AcknowledgeMoreAsync(10);
        }

        await RequireUndisturbedAsync(cluster, load, term);
    }

    private static IEnumerable<Message> Messages(long term, ulong sender, ulong target)
    {
        foreach (MessageKind kind in Enum.GetValues<MessageKind>().Where(static kind => kind != MessageKind.None))
        {
            foreach (long jump in new[] { 1000, 1L << 21, 1L << 33 })
            {
                yield return new Message { Kind = kind, From = sender, To = target, Term = term + jump, IsTransfer = kind == MessageKind.VoteRequest, Rejected = IsAnswer(kind) };
            }

            if (sender == Stranger)
            {
                yield return new Message { Kind = kind, From = sender, To = target, Term = term, IsTransfer = kind == MessageKind.VoteRequest, Commit = 1L << 50 };
                yield return new Message
                {
                    Kind = kind,
                    From = sender,
                    To = target,
                    Term = term + 1,
                    IsTransfer = kind == MessageKind.VoteRequest,
                    Index = 1L << 50,
                    LastIndex = 1L << 50,
                    IndexTerm = term,
                };
                yield return new Message { Kind = kind, From = sender, To = target, Term = term + 1, Index = 1, LastIndex = 1, IndexTerm = 1 }; // with another chain
            }
        }
    }

    private static bool IsAnswer(MessageKind kind) => kind is MessageKind.AppendResponse or MessageKind.VoteResponse or MessageKind.PreVoteResponse;

    private static async Task<(int One, int Other)> FollowersAsync(ProcessCluster cluster)
    {
        int leader = await cluster.LeaderAsync();
        int[] followers = [.. ProcessCluster.Ids.Where(id => id != leader)];
        return (followers[0], followers[1]);
    }

    // That of the member it claims to be, which tells it to anyone who dials; another is refused while the member is connected.
    private static async Task<Guid> IncarnationAsync(ProcessCluster cluster, Message message)
    {
        if (message.From > (ulong)ProcessCluster.Ids.Length)
        {
            return new Guid("11111111-1111-1111-1111-111111111111");
        }

        using RawPeer member = await RawPeer.DialAsync(new IPEndPoint(IPAddress.Loopback, cluster.PeerPorts[(int)message.From - 1]));
        Hello answer = await member.GreetAsync(new RaftIdentity(Guid.NewGuid(), 0, message.To, Guid.NewGuid()), message.From);
        Assert.Equal(HelloOutcome.OtherCluster, answer.Outcome);
        return answer.Identity.Incarnation;
    }

    // On a connection of its own, to its end: what the replica does with the frame is done when it has closed.
    private static async Task SendAsync(ProcessCluster cluster, Message message)
    {
        using RawPeer peer = await RawPeer.DialAsync(new IPEndPoint(IPAddress.Loopback, cluster.PeerPorts[(int)message.To - 1]));
        RaftIdentity identity = new(ProcessCluster.ClusterId, 0, message.From, await IncarnationAsync(cluster, message));
        Hello answer = await peer.GreetAsync(identity, message.To);
        Assert.Equal(HelloOutcome.Accepted, answer.Outcome);
        try
        {
            await peer.SendAsync(RawPeer.Frame(in message, [], ProcessCluster.ClusterId, groupId: 0));
            peer.Socket.Shutdown(SocketShutdown.Send);
            await peer.ClosedAsync();
        }
        catch (SocketException)
        {
            // The member itself has dialed meanwhile, or the frame was refused.
        }
    }

    private static async Task RequireUndisturbedAsync(ProcessCluster cluster, WriteLoad load, long term)
    {
        await load.AcknowledgeMoreAsync(50);
        await load.StopAsync();
        await cluster.ConvergeAsync();
        foreach (int id in ProcessCluster.Ids)
        {
            Assert.InRange((await cluster.InfoAsync(id)).Term, term, term + MostElections);
            await cluster.KillAsync(id);
        }

        await cluster.StartAsync();
        load.Start();
        await load.AcknowledgeMoreAsync(20);
        await load.StopAsync();
        await cluster.ConvergeAsync();
        Assert.Empty(await load.FindLostAsync());
    }
}
