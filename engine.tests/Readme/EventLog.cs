using System;
using System.Threading;
using System.Threading.Tasks;

namespace RaftEngine.Tests.Readme;

/// <summary>The example of docs/guide.md for events.</summary>
internal static class EventLog
{
    public static async Task FollowAsync(RaftNode<long> node, Action<string> logger, CancellationToken cancellationToken)
    {
        await foreach (RaftEvent happened in node.ReadEventsAsync(cancellationToken))
        {
            logger($"{happened.Kind}: {happened.Status.Role} in term {happened.Status.Term}, led by {happened.Status.LeaderId}");
        }
    }
}
