using System;
using System.Threading;
using System.Threading.Tasks;

namespace RaftEngine;

/// <content>Waits for what the node's status says.</content>
public sealed partial class RaftNode<TResult>
{
    /// <summary>Waits until this node knows a leader of its current term, itself included. Any thread.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The leader's id. By the time the caller looks, it can be another.</returns>
    /// <exception cref="RaftStoppedException">From the task: the node has stopped.</exception>
    /// <exception cref="OperationCanceledException">From the task: the wait was cancelled.</exception>
    public async Task<ulong> WaitForLeaderAsync(CancellationToken cancellationToken = default) =>
        (await _status.WaitAsync(static status => status.LeaderId != 0, cancellationToken).ConfigureAwait(false)).LeaderId;

    /// <summary>Waits until this node leads. Any thread.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The term that it leads, with a token that ends with it.</returns>
    /// <exception cref="RaftStoppedException">From the task: the node has stopped.</exception>
    /// <exception cref="OperationCanceledException">From the task: the wait was cancelled.</exception>
    public async Task<RaftLeadership> WaitForLeadershipAsync(CancellationToken cancellationToken = default)
    {
        RaftStatus leads = await _status.WaitAsync(static status => status.Role == RaftRole.Leader, cancellationToken).ConfigureAwait(false);
        long term = leads.Term;
        return new RaftLeadership(term, token => _status.WaitAsync(now => now.Role != RaftRole.Leader || now.Term != term, token));
    }
}
