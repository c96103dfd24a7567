using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using RaftEngine.Tests.Support;
using RaftEngine.Tests.Transport;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests;

/// <summary>All that is wrong with options is said at once, under the names that were set.</summary>
public class RaftOptionsTests
{
    private static readonly RaftOptions Right = new()
    {
        NodeId = 1,
        Voters = [1],
        ClusterId = new Guid("6f0c1d2e-3a4b-4c5d-8e6f-708192a3b4c5"),
        DataDirectory = Path.Combine(Path.GetTempPath(), "never made"),
    };

    [Fact]
    public void The_defaults_are_right() => Right.Validate();

    [Fact]
    public void Everything_is_said_at_once()
    {
        RaftOptions wrong = Right with
        {
            NodeId = 0,
            Voters = [],
            ClusterId = Guid.Empty,
            DataDirectory = " ",
            MaxSessions = 0,
            MaxInflightMessages = -1,
            ElectionPriority = 11,
        };

        ArgumentException refused = Assert.Throws<ArgumentException>(wrong.Validate);

        Assert.Equal("NodeId", refused.ParamName);
        Assert.All(
            ["NodeId is 0", "Voters is ", "ClusterId is ", "DataDirectory is ", "MaxSessions is 0", "MaxInflightMessages is -1", "ElectionPriority is 11"],
            text => Assert.Contains("RaftOptions." + text, refused.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("MaxCommandBytes", "ProposalQueueBytes")]
    [InlineData("MaxMessageBytes", "MessageQueueBytes")]
    [InlineData("ElectionTimeout", "HeartbeatInterval")]
    public void Of_two_that_do_not_fit_the_one_that_was_set_is_named(string set, string standard)
    {
        RaftOptions wrong = set switch
        {
            "MaxCommandBytes" => Right with { MaxCommandBytes = 2 << 20, MessageQueueBytes = 16 << 20 },
            "MaxMessageBytes" => Right with { MaxMessageBytes = 8 << 20 },
            _ => Right with { ElectionTimeout = TimeSpan.FromMilliseconds(50) },
        };

        ArgumentException refused = Assert.Throws<ArgumentException>(wrong.Validate);

        Assert.Equal(set, refused.ParamName);
        Assert.StartsWith($"RaftOptions.{set} is ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(standard, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Environment.NewLine, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new ulong[] { 1, 1 })]
    [InlineData(new ulong[] { 0 })]
    [InlineData(new ulong[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 })]
    public void Voters_that_are_none_are_named(ulong[] voters) =>
        Assert.Equal("Voters", Assert.Throws<ArgumentException>((Right with { Voters = voters }).Validate).ParamName);

    [Fact]
    public async Task A_node_that_is_no_voter_and_no_member_is_told_what_to_do()
    {
        using TemporaryDirectory directory = new();
        InMemoryNetwork network = new();
        ListLogger logger = new();
        RaftOptions stranger = Right with { NodeId = 4, Voters = [1, 2, 3], DataDirectory = directory.Sub("4") };
        await using (await RaftNode.StartAsync(stranger, new ListStateMachine(), network.CreateTransport(4), logger))
        {
            string warning = Assert.Single(logger.Lines(1045));
            Assert.Contains("ChangeMembersAsync", warning, StringComparison.Ordinal);
        }

        ListLogger voters = new();
        RaftOptions voter = Right with { DataDirectory = directory.Sub("1") };
        await using (await RaftNode.StartAsync(voter, new ListStateMachine(), network.CreateTransport(1), voters))
        {
            Assert.Empty(voters.Lines(1045));
        }
    }
}
