using System;
using System.Runtime.CompilerServices;
using System.Threading.Tasks;
using RaftEngine.Samples.Kv.Store;

namespace RaftEngine.Samples.Kv.Demo;

/// <summary>
/// Counts under a client session of its own, one command at a time, and each exactly once: a command whose outcome is unknown is sent again, with the same sequence, to whichever
/// replica leads by then, until its result is there. Once a client has run for a while, a command allocates nothing.
/// </summary>
internal sealed class DemoClient
{
    /// <summary>How long the session is remembered after its last command: much longer than the demo waits for anything.</summary>
    private static readonly TimeSpan SessionTimeout = TimeSpan.FromMinutes(10);

    /// <summary>How long a client waits after it was turned away for lack of room.</summary>
    private static readonly TimeSpan OverloadPause = TimeSpan.FromMilliseconds(2);

    private readonly DemoCluster _cluster;
    private readonly long _sessionId;
    private readonly byte[] _command = new byte[KvCommandWriter.HeaderBytes + (2 * KvCommandWriter.MaxFieldOverheadBytes) + WordSource.MaxWordBytes];
    private readonly Func<RaftNode<KvResult>, ValueTask<Applied<KvResult>>> _propose; // made once, because it is called for each command
    private long _sequence;
    private int _commandBytes;

    private DemoClient(DemoCluster cluster, long sessionId)
    {
        _cluster = cluster;
        _sessionId = sessionId;
        _propose = Propose;
    }

    /// <summary>A client with a session. If the outcome of opening one is unknown, there may be another one, which expires.</summary>
    public static async Task<DemoClient> OpenAsync(DemoCluster cluster)
    {
        (_, long sessionId) = await AskLeaderAsync(cluster, static node => node.OpenSessionAsync(SessionTimeout)).ConfigureAwait(false);
        return new DemoClient(cluster, sessionId);
    }

    /// <summary>Adds one to a key. One call at a time.</summary>
    /// <param name="key">The key; at most <see cref="WordSource.MaxWordBytes"/> bytes.</param>
    /// <returns>The replica that acknowledged it.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))] // the next command begins where this one ends, and takes its place
    public async ValueTask<DemoReplica> CountAsync(ReadOnlyMemory<byte> key)
    {
        _sequence++;
        _commandBytes = KvCommandWriter.EncodeIncrementBy(_command, key.Span, 1);
        (DemoReplica leader, Applied<KvResult> applied) = await AskLeaderAsync(_cluster, _propose).ConfigureAwait(false);
        return applied.Result.Outcome == KvOutcome.Integer
            ? leader
            : throw new InvalidOperationException($"A word could not be counted: {applied.Result.Outcome}.");
    }

    /// <summary>Ends the session, so that nothing is remembered of it any more.</summary>
    public async Task CloseAsync() => await AskLeaderAsync(_cluster, CloseSessionAsync).ConfigureAwait(false);

    /// <summary>Asks the leader, and if it is lost before it has answered, the next one. What is asked has to be safe to ask twice.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<(DemoReplica Leader, T Answer)> AskLeaderAsync<T>(DemoCluster cluster, Func<RaftNode<KvResult>, ValueTask<T>> ask)
    {
        while (true)
        {
            DemoReplica leader = await cluster.LeaderAsync().ConfigureAwait(false);
            try
            {
                return (leader, await ask(leader.Node).ConfigureAwait(false));
            }
            catch (RaftOverloadedException)
            {
                await Task.Delay(OverloadPause).ConfigureAwait(false);
            }
            catch (Exception lost) when (lost is NotLeaderException or OutcomeUnknownException or ObjectDisposedException)
            {
                cluster.ReportLost(leader);
            }
        }
    }

    /// <summary>Sends the command. It is the client's only one: whatever has a lower sequence is settled.</summary>
    private ValueTask<Applied<KvResult>> Propose(RaftNode<KvResult> node) =>
        node.ProposeAsync(new SessionSequence(_sessionId, _sequence, FirstUnsettled: _sequence), _command.AsSpan(0, _commandBytes));

    private async ValueTask<bool> CloseSessionAsync(RaftNode<KvResult> node)
    {
        await node.CloseSessionAsync(_sessionId).ConfigureAwait(false);
        return true;
    }
}
