using System;
using System.Collections.Generic;
using System.Threading;
using Microsoft.Extensions.Logging;

namespace RaftEngine.Host;

/// <summary>
/// Bounds the lines of each kind about each peer: <see cref="Burst"/> at once, and one a second from then on. How many
/// were left out is told once a second.
/// Any thread.
/// </summary>
#pragma warning disable CA1001 // The timer is disposed of when it has fired, which it does within a second.
internal sealed partial class LineLimiter(ILogger logger)
#pragma warning restore CA1001
{
    /// <summary>How many lines of a kind pass at once.</summary>
    public const int Burst = 10;

    // One more line may pass in each, and what was left out is told after it.
    private const int IntervalMilliseconds = 1000;

    /// <summary>How many kinds are told apart by peer. Beyond them, the peers of a kind share its lines.</summary>
    private const int MaxKinds = 512;

    private readonly Gate _gate = new();
    private readonly Dictionary<(int EventId, object? Peer), Kind> _kinds = []; // guarded by _gate
    private Timer? _timer; // guarded by _gate; not null from the first line that was left out until it is told

    /// <summary>True if a line may pass; otherwise it is counted.</summary>
    /// <param name="level">Its level.</param>
    /// <param name="id">Its kind.</param>
    /// <param name="peer">The peer that it is about; null for none.</param>
    public bool TryPass(LogLevel level, EventId id, object? peer)
    {
        long now = Environment.TickCount64;
        using (_gate.Enter())
        {
            Kind kind = Find(id, peer, now);
            kind.Earned = Math.Min(Burst * IntervalMilliseconds, kind.Earned + now - kind.At);
            kind.At = now;
            if (kind.Earned >= IntervalMilliseconds)
            {
                kind.Earned -= IntervalMilliseconds;
                return true;
            }

            kind.Level = level;
            kind.LeftOut++;
            if (_timer is null)
            {
                NeutralContext.Run(static limiter => ((LineLimiter)limiter!).StartTimer(), this);
            }

            return false;
        }
    }

    [LoggerMessage(
        EventId = 1099, Message = "{Count} more lines like {Kind} (event {LeftOutId}) about {Peer} were left out in the last second")]
    private static partial void LeftOut(
        ILogger logger, LogLevel level, long count, string? kind, int leftOutId, object peer);

    private Kind Find(EventId id, object? peer, long now)
    {
        if (_kinds.TryGetValue((id.Id, peer), out Kind? kind))
        {
            return kind;
        }

        if (_kinds.Count >= MaxKinds)
        {
            foreach (((int EventId, object? Peer) key, Kind old) in _kinds)
            {
                if (old.LeftOut == 0 && now - old.At >= Burst * IntervalMilliseconds)
                {
                    _kinds.Remove(key);
                }
            }

            peer = _kinds.Count >= MaxKinds ? null : peer;
        }

        if (!_kinds.TryGetValue((id.Id, peer), out kind))
        {
            kind = new Kind { Name = id.Name, Earned = Burst * IntervalMilliseconds, At = now };
            _kinds.Add((id.Id, peer), kind);
        }

        return kind;
    }

    // In a context that holds nothing of the host's.
    private void StartTimer() => _timer = new Timer(
        static limiter => ((LineLimiter)limiter!).TellLeftOut(), this, IntervalMilliseconds, Timeout.Infinite);

    // On the thread pool: if the host blocks it, the counts come late.
    private void TellLeftOut()
    {
        List<(LogLevel Level, long Count, string? Name, int Id, object Peer)> counts = [];
        using (_gate.Enter())
        {
            _timer!.Dispose();
            _timer = null;
            foreach (((int id, object? peer), Kind kind) in _kinds)
            {
                if (kind.LeftOut > 0)
                {
                    counts.Add((kind.Level, kind.LeftOut, kind.Name, id, peer ?? "this node"));
                    kind.LeftOut = 0;
                }
            }
        }

        foreach ((LogLevel level, long count, string? name, int id, object peer) in counts)
        {
            try
            {
                LeftOut(logger, level, count, name, id, peer);
            }
#pragma warning disable CA1031 // As in HostLogger.
            catch (Exception)
#pragma warning restore CA1031
            {
                // It has nowhere else to tell it.
            }
        }
    }

    private sealed class Kind
    {
        public string? Name { get; init; }

        public long Earned { get; set; }

        public long At { get; set; }

        public LogLevel Level { get; set; }

        public long LeftOut { get; set; }
    }
}
