using System;
using System.Diagnostics;
using System.Threading.Tasks;

namespace RaftEngine.Bench.Cluster;

/// <summary>Callers that each wait for the result of a command before they bring the next, as the requests of a service do: an asynchronous loop each. Latencies count by when
/// commands end.</summary>
/// <typeparam name="TResult">What a command gives back.</typeparam>
/// <param name="propose">Brings a command to the leader.</param>
/// <param name="findLeader">Called when there is another leader than there was.</param>
/// <param name="callers">How many.</param>
/// <param name="recorder">Takes the latencies.</param>
internal sealed class ClosedLoop<TResult>(Func<ValueTask<TResult>> propose, Func<bool> findLeader, int callers, Recorder recorder) : ILoad
{
    private static readonly TimeSpan BeforeTryingAgain = TimeSpan.FromMilliseconds(1);

    private readonly Task[] _calling = new Task[callers];
    private volatile bool _isStopping;

    /// <inheritdoc/>
    public void Start()
    {
        for (int i = 0; i < _calling.Length; i++)
        {
            _calling[i] = Task.Run(CallAsync);
        }
    }

    /// <inheritdoc/>
    public Task StopAsync()
    {
        _isStopping = true;
        return Task.WhenAll(_calling);
    }

    private async Task CallAsync()
    {
        long start = Stopwatch.GetTimestamp();
        while (!_isStopping)
        {
            try
            {
                await propose().ConfigureAwait(false);
                long now = Stopwatch.GetTimestamp();
                recorder.Ended(start, now, reckonedAt: now);
                start = now;
                continue;
            }
            catch (RaftOverloadedException)
            {
                recorder.Overloaded(); // the same command again, its latency running on
            }
            catch (Exception e) when (e is NotLeaderException or OutcomeUnknownException)
            {
                recorder.Failed();
                findLeader();
                start = Stopwatch.GetTimestamp();
            }

            await Task.Delay(BeforeTryingAgain).ConfigureAwait(false);
        }
    }
}
