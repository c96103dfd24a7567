using System;
using System.Threading.Tasks;

namespace RaftEngine.Tests.Readme;

/// <summary>The README's client session.</summary>
internal static class ExactlyOnce
{
    public static async Task<(Applied<long> First, Applied<long> Again)> ProposeTwiceAsync(RaftNode<long> node, byte[] command)
    {
        long session = await node.OpenSessionAsync(TimeSpan.FromMinutes(10));     // replicated: every node knows it, and snapshots hold it
        SessionSequence first = new(session, Sequence: 1, FirstUnsettled: 1);
        Applied<long> applied = await node.ProposeAsync(first, command);
        Applied<long> again = await node.ProposeAsync(first, command);            // not applied again: the same index, term and result
        return (applied, again);
    }
}
