using System.Collections.Generic;
using RaftEngine.Pipeline;
using Xunit;

namespace RaftEngine.Tests.Pipeline;

/// <summary>What a leader remembers so that no command of another node is appended twice.</summary>
public sealed class TakenCommandsTests
{
    private readonly TakenCommands _taken = new();

    [Fact]
    public void A_number_is_taken_once_and_only_if_it_is_higher_than_all_before()
    {
        _taken.Begin(7);

        Assert.Equal((true, 0UL), TryTake(2, 10));
        Assert.Equal((false, 10UL), TryTake(2, 10));
        Assert.Equal((false, 10UL), TryTake(2, 9));
        Assert.Equal((true, 10UL), TryTake(2, 12));
        Assert.Equal((false, 12UL), TryTake(2, 11));
        Assert.Equal((true, 0UL), TryTake(3, 11)); // another node's are its own
        Assert.Equal(7, _taken.Term);
    }

    [Fact]
    public void Another_term_begins_anew()
    {
        _taken.Begin(7);
        TryTake(2, 10);
        _taken.Appended(2, 100);
        _taken.Begin(8);

        Assert.Equal((true, 0UL), TryTake(2, 10));
        Assert.Empty(Awaiting(0));
    }

    [Fact]
    public void A_bounded_number_of_nodes_is_remembered_and_one_too_many_is_never_taken_from()
    {
        _taken.Begin(1);
        for (ulong node = 1; node <= TakenCommands.MaxNodes; node++)
        {
            Assert.Equal((true, 0UL), TryTake(node, 5));
        }

        Assert.Equal((false, 0UL), TryTake(TakenCommands.MaxNodes + 1, 5));
        Assert.Equal((false, 0UL), TryTake(TakenCommands.MaxNodes + 1, 6));
        Assert.Equal((true, 5UL), TryTake(1, 6));
    }

    [Fact]
    public void Those_who_wait_for_a_commit_are_found_until_they_have_been_told()
    {
        _taken.Begin(1);
        TryTake(2, 1);
        TryTake(3, 1);
        TryTake(4, 1); // refused: it waits for nothing
        _taken.Appended(2, 10);
        _taken.Appended(3, 12);

        Assert.Equal([2UL, 3UL], Awaiting(9));
        Assert.Equal([3UL], Awaiting(10));
        Assert.Empty(Awaiting(12));
    }

    private (bool IsTaken, ulong Highest) TryTake(ulong node, ulong number) => (_taken.TryTake(node, number, out ulong highest), highest);

    private List<ulong> Awaiting(long toldIndex)
    {
        List<ulong> nodes = [];
        int position = 0;
        while (_taken.TryFindAwaiting(toldIndex, ref position, out ulong nodeId))
        {
            nodes.Add(nodeId);
        }

        return nodes;
    }
}
