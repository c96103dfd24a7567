using System;
using System.Threading;
using System.Threading.Tasks;

namespace RaftEngine.Tests.Readme;

public static class Leading
{
    public static async Task<long> LeadAsync<TResult>(RaftNode<TResult> node, Func<long, CancellationToken, Task> RunAsync, CancellationToken stop)
    {
        using RaftLeadership leadership = await node.WaitForLeadershipAsync(stop);
        await RunAsync(leadership.Term, leadership.Ended);                 // the term grows with each leader: use it as a fence
        return leadership.Term;
    }
}
