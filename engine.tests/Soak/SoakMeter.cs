using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace RaftEngine.Tests.Soak;

/// <summary>Makes calls and counts how they end. A call that does not end by its deadline is a failure.</summary>
internal sealed class SoakMeter
{
    /// <summary>Generous: a busy machine may hold elections up, but no call waits for more than a few of them.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, SortedDictionary<string, int>> _ends = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, TimeSpan> _worst = new(StringComparer.Ordinal);
    private readonly List<string> _failures = [];

    public IReadOnlyList<string> Failures => _failures;

    public string Summary
    {
        get
        {
            lock (_lock)
            {
                return string.Join(Environment.NewLine, _ends.Select(kind =>
                    string.Create(CultureInfo.InvariantCulture, $"{kind.Key}: worst {_worst[kind.Key].TotalMilliseconds:F0} ms; ")
                    + string.Join(", ", kind.Value.Select(static end => $"{end.Key} {end.Value}"))));
            }
        }
    }

    /// <summary>Makes a call.</summary>
    /// <param name="kind">What it is counted as.</param>
    /// <param name="where">The node that is asked; null if there is none.</param>
    /// <param name="call">The call.</param>
    /// <param name="cancelAfter">When its token is cancelled; null: never.</param>
    /// <returns>Null if it succeeded, else how it ended.</returns>
    public async Task<Exception?> CallAsync(
        string kind, SoakNode? where, Func<CancellationToken, Task> call, TimeSpan? cancelAfter = null)
    {
        using CancellationTokenSource source = new();
        if (cancelAfter is { } delay)
        {
            source.CancelAfter(delay);
        }

        long start = Stopwatch.GetTimestamp();
        Exception? end = null;
        Task? task = null;
        try
        {
            task = call(source.Token);
            await task.WaitAsync(Deadline, CancellationToken.None);
        }
        catch (Exception failure)
        {
            end = failure;
        }

        Count(kind, end, Stopwatch.GetElapsedTime(start));
        if (end is TimeoutException && task is { IsCompleted: false })
        {
            Fail($"{kind} on node {where?.Id} has not ended after {Deadline}; {where?.Raft.Status}");
        }
        else if (!IsExpected(end, source.IsCancellationRequested))
        {
            Fail($"{kind} on node {where?.Id} ended with {end}");
        }

        return end;
    }

    public void Fail(string failure)
    {
        lock (_lock)
        {
            _failures.Add(string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:HH:mm:ss.fff} {failure}"));
        }
    }

    private static bool IsExpected(Exception? end, bool wasCancelled) => end switch
    {
        null or ObjectDisposedException => true,
        OperationCanceledException => wasCancelled,
        _ => end.GetType().Namespace?.StartsWith("RaftEngine", StringComparison.Ordinal) ?? false,
    };

    private void Count(string kind, Exception? end, TimeSpan elapsed)
    {
        string name = end?.GetType().Name ?? "done";
        lock (_lock)
        {
            SortedDictionary<string, int> ends = _ends.TryGetValue(kind, out SortedDictionary<string, int>? known)
                ? known
                : _ends[kind] = new(StringComparer.Ordinal);
            ends[name] = ends.GetValueOrDefault(name) + 1;
            _worst[kind] = elapsed > _worst.GetValueOrDefault(kind) ? elapsed : _worst.GetValueOrDefault(kind);
        }
    }
}
