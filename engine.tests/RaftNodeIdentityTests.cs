using System;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Protocol;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests;

/// <summary>A member is its data directory, not its number: whole nodes that come back under a number whose directory is gone.</summary>
public sealed class RaftNodeIdentityTests
{
    /// <summary>Up to here, the log says that node 1 is alone.</summary>
    private const long Alone = 10;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly InMemoryNetwork _network = new();
    private ulong[] _voters = [1];
    private long _mostForNode1 = long.MaxValue;

    // The documented procedure: node 1, once the only voter, loses its disk, is removed, and added again with an empty directory. While it catches up, its log says that it is
    // alone; whatever happens then, it does not lead.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_number_that_was_once_alone_does_not_lead_while_its_new_directory_catches_up(bool restarts)
    {
        await using TestCluster cluster = new(3, CreateTransport, options => options with
        {
            Voters = _voters,
            ElectionTimeout = TimeSpan.FromMilliseconds(200),
            MaxElectionTimeout = TimeSpan.FromMilliseconds(200),
            MaxMessageBytes = 4096,
        });
        await GrowFromOneAsync(cluster);
        await cluster.Nodes[1].AbortAsync();
        cluster.Nodes.Remove(1);
        Directory.Delete(cluster.DataDirectory(1), recursive: true);
        await cluster.ChangeAsync(new Configuration(2, 3));

        _voters = [2, 3];
        Volatile.Write(ref _mostForNode1, Alone);
        RaftNode<int> one = await cluster.StartAsync(1);
        await cluster.ChangeAsync(new Configuration([.. new Configuration(2, 3).Members, new Member(1, MemberRoles.Learner | MemberRoles.Promotable)]));
        await Eventually.True(() => one.Status is { LastIndex: > 4, Configuration: { Voters: [1], Learners.Length: 0 } }, () => $"it has caught up with the past: {one.Status}");
        _network.Isolate(1);
        if (restarts)
        {
            await one.AbortAsync();
            one = await cluster.StartAsync(1);
        }

        long term = one.Status.Term;
        await Task.Delay(1000); // five election timeouts
        Assert.Equal((RaftRole.Follower, term), (one.Status.Role, one.Status.Term));
        await Assert.ThrowsAsync<NotLeaderException>(async () => await one.ProposeAsync("lost"u8).AsTask().WaitAsync(Patience));
        await Assert.ThrowsAsync<NotLeaderException>(async () => await one.ReadBarrierAsync().AsTask().WaitAsync(Patience));
        await cluster.ProposeAsync("kept");

        Volatile.Write(ref _mostForNode1, long.MaxValue);
        _network.Rejoin(1);
        await Eventually.True(() => one.Status.Configuration is { IsJoint: false } now && now.IsVoter(1) && now.Voters.Length == 3, () => $"it votes again: {one.Status}");
        await cluster.ConvergeAsync();
        Assert.Equal("kept", cluster.StateMachines[1].Commands[^1]);
    }

    private static async Task GrowFromOneAsync(TestCluster cluster)
    {
        RaftNode<int> one = await cluster.StartAsync(1);
        await Eventually.True(() => one.Status.Role == RaftRole.Leader, "it leads alone");
        for (int i = 0; i < 20; i++)
        {
            await one.ProposeAsync(new byte[1000]).AsTask().WaitAsync(Patience);
        }

        await cluster.StartAsync(2);
        await cluster.StartAsync(3);
        await Eventually.True(
            () => one.Status is { Configuration.Members: [{ Incarnation: not 0 }] } status && status.CommitIndex == status.LastIndex, "its log names it");
        await one.ChangeMembersAsync(new Configuration([new Member(1, MemberRoles.Voter), .. new ulong[] { 2, 3 }.Select(Joining)])).AsTask().WaitAsync(Patience);
        await Eventually.True(() => one.Status.Configuration is { IsJoint: false, Voters.Length: 3 }, "all vote");
        await cluster.ConvergeAsync();
    }

    private static Member Joining(ulong id) => new(id, MemberRoles.Learner | MemberRoles.Promotable);

    private LossyTransport CreateTransport(ulong id) => new(
        _network.CreateTransport(id),
        message => message is { Kind: MessageKind.AppendRequest, To: 1 }
            && message.Index <= Volatile.Read(ref _mostForNode1) && message.LastIndex > Volatile.Read(ref _mostForNode1));
}
