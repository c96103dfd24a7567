using System.Threading.Tasks;

namespace RaftEngine.Tests.Readme;

/// <summary>The example of docs/guide.md for expected refusals.</summary>
internal static class Refusal
{
    public static async Task<long?> TryAsync(RaftNode<long> node, byte[] command)
    {
        if (node.TryPropose(command, out ValueTask<Applied<long>> proposal) is not TryProposeResult.Accepted)
        {
            return null;    // try again elsewhere, or later: it was never appended
        }

        return (await proposal).Result;
    }
}
