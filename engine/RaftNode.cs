using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging;

namespace RaftEngine;

/// <summary>STUB.</summary>
public static class RaftNode
{
    /// <summary>STUB.</summary>
    public static ValueTask<RaftNode<TResult>> StartAsync<TResult>(
        RaftOptions options,
        IStateMachine<TResult> stateMachine,
        IRaftTransport transport,
        ILogger? logger = null,
        CancellationToken cancellationToken = default) => throw new System.NotSupportedException();
}
