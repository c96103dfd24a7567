using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace RaftEngine.Tests.Readme;

/// <summary>The example of docs/guide.md for reading the log.</summary>
internal static class SearchIndex
{
    public static async Task FollowAsync(RaftNode<long> node, long lastDone, List<byte[]> indexed, CancellationToken cancellationToken)
    {
        await foreach (CommittedCommand committed in node.ReadCommittedAsync(lastDone + 1, "search index", cancellationToken))
        {
            Index(committed.Command.Span);  // valid until the next one: ToArray() keeps it
            lastDone = committed.Index;     // stored together with what was done
        }

        void Index(ReadOnlySpan<byte> command) => indexed.Add(command.ToArray());
    }
}
