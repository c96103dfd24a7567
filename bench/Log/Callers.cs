using System;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;

namespace RaftEngine.Bench.Log;

/// <summary>Callers in a closed loop: each waits until its entry is on disk before it brings the next.</summary>
/// <param name="count">How many.</param>
/// <param name="payload">Each entry.</param>
/// <param name="roundTime">How long a round lasts.</param>
internal sealed class Callers(int count, byte[] payload, TimeSpan roundTime)
{
    private long _deadline;
    private long _entries;

    /// <summary>Entries made durable in all rounds.</summary>
    public long Entries => Interlocked.Read(ref _entries);

    /// <summary>One round.</summary>
    /// <returns>Entries a second.</returns>
    public double RateOf(IDurableLog log)
    {
        long before = Entries;
        long start = Stopwatch.GetTimestamp();
        _deadline = start + (long)(roundTime.TotalSeconds * Stopwatch.Frequency);
        Task[] callers = new Task[count];
        for (int i = 0; i < count; i++)
        {
            callers[i] = Task.Run(() => CallAsync(log));
        }

        Task.WaitAll(callers);
        return (Entries - before) / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private async Task CallAsync(IDurableLog log)
    {
        PendingAppend place = new();
        long entries = 0;
        do
        {
            await log.AppendAsync(place, payload).ConfigureAwait(false);
            entries++;
        }
        while (Stopwatch.GetTimestamp() < _deadline);
        Interlocked.Add(ref _entries, entries);
    }
}
