using System;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Bench.Measuring;
using RaftEngine.Samples.Kv.Measuring;

namespace RaftEngine.Bench.Cluster;

/// <summary>
/// Commands at a fixed rate, whether or not those before have ended. Each latency runs from when the command was due, not from when it was sent, so that what one that is
/// held up holds up in turn counts too (no coordinated omission). Latencies count by when commands were due. A command that is refused because a queue is full is brought
/// again until it is taken; those behind it wait, and their latencies run.
/// </summary>
/// <param name="propose">Brings a command to the leader.</param>
/// <param name="findLeader">Called when there is another leader than there was.</param>
/// <param name="perSecond">The rate.</param>
/// <param name="recorder">Takes the latencies.</param>
internal sealed class OpenLoop(Func<ValueTask<Applied<long>>> propose, Func<bool> findLeader, int perSecond, Recorder recorder) : ILoad
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly long PauseTicks = Stopwatch.Frequency / 10_000;

    private readonly ConcurrentQueue<OpenCommand> _idle = new();
    private readonly TaskCompletionSource _sent = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _stoppedAt = long.MaxValue;
    private long _begun;
    private long _ended;

    /// <summary>How late this thread came to send commands: it was not woken in time, or was busy with those before.</summary>
    public LatencyHistogram Lateness { get; } = new();

    /// <summary>How many were never sent, because the cluster had fallen so far behind; they count with the latency that they had reached.</summary>
    public long NotSent { get; private set; }

    /// <inheritdoc/>
    public void Start() => new Thread(Run) { Name = "open load", IsBackground = true }.Start();

    /// <summary>Ends: what was due until now is still sent, but for no longer than it took until now.</summary>
    public async Task StopAsync()
    {
        Interlocked.Exchange(ref _stoppedAt, Stopwatch.GetTimestamp());
        await _sent.Task.ConfigureAwait(false);
        long waitingSince = Stopwatch.GetTimestamp();
        while (Interlocked.Read(ref _ended) < _begun)
        {
            if (Stopwatch.GetElapsedTime(waitingSince) > Patience)
            {
                throw new TimeoutException($"{_begun - Interlocked.Read(ref _ended)} commands have not ended within {Patience}.");
            }

            await Task.Delay(1).ConfigureAwait(false);
        }
    }

    /// <summary>A command has ended in its own time; false if it must be brought again.</summary>
    internal bool End(OpenCommand command, bool isInline)
    {
        try
        {
            command.GetResult();
            recorder.Ended(command.Due, Stopwatch.GetTimestamp(), reckonedAt: command.Due);
        }
        catch (RaftOverloadedException) when (isInline)
        {
            recorder.Overloaded();
            return false;
        }
        catch (Exception e) when (e is NotLeaderException or OutcomeUnknownException or RaftOverloadedException)
        {
            recorder.Failed();
            findLeader();
        }
        catch (Exception e)
        {
            _sent.TrySetException(e); // rethrown to the caller that stops the load
        }

        _idle.Enqueue(command);
        Interlocked.Increment(ref _ended);
        return true;
    }

    private void Run()
    {
        PreciseSleep.PrepareThread();
        try
        {
            OpenSchedule schedule = new(Stopwatch.GetTimestamp(), perSecond);
            for (long i = 0; ; i++)
            {
                long due = schedule.DueAt(i);
                PreciseSleep.Until(due);
                long stoppedAt = Interlocked.Read(ref _stoppedAt);
                if (due >= stoppedAt)
                {
                    break;
                }

                long now = Stopwatch.GetTimestamp();
                if (now - stoppedAt > stoppedAt - schedule.Start)
                {
                    NotSent++;
                    recorder.Ended(due, now, reckonedAt: due);
                    continue;
                }

                Send(due);
            }

            _sent.TrySetResult();
        }
#pragma warning disable CA1031 // Rethrown to the caller that stops the load.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _sent.TrySetException(exception);
        }
    }

    private void Send(long due)
    {
        if (!_idle.TryDequeue(out OpenCommand? command))
        {
            command = new OpenCommand(this);
        }

        command.Due = due;
        if (recorder.Measures(due))
        {
            Lateness.Record(Stopwatch.GetElapsedTime(due));
        }

        Interlocked.Increment(ref _begun);
        while (!command.Begin(propose()))
        {
            PreciseSleep.Until(Stopwatch.GetTimestamp() + PauseTicks);
        }
    }
}
