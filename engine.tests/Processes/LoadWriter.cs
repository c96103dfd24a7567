using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace RaftEngine.Tests.Processes;

/// <summary>
/// A client that sets the keys <c>w1:1</c>, <c>w1:2</c>, … one after the other, each to its number. A write that was not done is tried again; one whose outcome is unknown
/// is left as it is, and remembered: so every key up to the last is acknowledged or unknown, and none is ever written twice.
/// </summary>
internal sealed class LoadWriter : IDisposable
{
    private static readonly TimeSpan Backoff = TimeSpan.FromMilliseconds(5);

    private readonly string _prefix;
    private readonly ClusterClient _client;
    private readonly Action<long> _acknowledged;
    private readonly HashSet<int> _unknown = [];
    private int _last;

    /// <summary>A writer of keys of a prefix of its own.</summary>
    /// <param name="prefix">The prefix.</param>
    /// <param name="ports">Where the replicas serve clients.</param>
    /// <param name="acknowledged">Is told of each acknowledged write when the attempt began that was, as a timestamp of <see cref="Stopwatch"/>.</param>
    public LoadWriter(string prefix, int[] ports, Action<long> acknowledged)
    {
        _prefix = prefix;
        _client = new ClusterClient(ports);
        _acknowledged = acknowledged;
    }

    public int Unknown => _unknown.Count;

    /// <summary>Writes until it is told to stop.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            int number = _last + 1;
            long begun = Stopwatch.GetTimestamp();
            AttemptOutcome outcome = await TrySetAsync(number);
            if (outcome == AttemptOutcome.NotDone)
            {
                await Task.Delay(Backoff, CancellationToken.None);
                continue;
            }

            _last = number;
            if (outcome == AttemptOutcome.Done)
            {
                _acknowledged(begun);
            }
            else
            {
                _unknown.Add(number);
            }
        }
    }

    /// <summary>Reads every key back.</summary>
    /// <returns>The acknowledged writes that are not there, and the writes that are there with another value.</returns>
    public async Task<List<string>> FindLostAsync()
    {
        List<string> lost = [];
        foreach (int[] numbers in Enumerable.Range(1, _last).Chunk(500))
        {
            string?[] values = await _client.AskAsync(["MGET", .. numbers.Select(Key)]);
            for (int i = 0; i < numbers.Length; i++)
            {
                bool isRight = values[i] is null ? _unknown.Contains(numbers[i]) : values[i] == Value(numbers[i]);
                if (!isRight)
                {
                    lost.Add($"{Key(numbers[i])}={values[i] ?? "(nil)"}");
                }
            }
        }

        return lost;
    }

    public void Dispose() => _client.Dispose();

    private static string Value(int number) => number.ToString(CultureInfo.InvariantCulture);

    private string Key(int number) => $"{_prefix}:{Value(number)}";

    private async Task<AttemptOutcome> TrySetAsync(int number)
    {
        (AttemptOutcome outcome, string?[] reply) = await _client.TryAsync("SET", Key(number), Value(number));
        return outcome != AttemptOutcome.Done || reply is ["+OK"] ? outcome : throw new InvalidOperationException($"SET was answered with {reply[0]}");
    }
}
