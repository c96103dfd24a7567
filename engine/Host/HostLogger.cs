using System;
using System.Collections.Generic;
using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace RaftEngine.Host;

/// <summary>
/// The host's logger, as the engine uses it: what it throws ends here, and of lines of one kind about one peer only so
/// many pass
/// (<see cref="LineLimiter"/>). What is critical always does. Any thread.
/// </summary>
internal sealed class HostLogger : ILogger
{
    private readonly ILogger _logger;
    private readonly LineLimiter _limiter;

    private HostLogger(ILogger logger)
    {
        _logger = logger;
        _limiter = new LineLimiter(logger);
    }

    /// <summary>Tells nothing.</summary>
    public static HostLogger None { get; } = new(NullLogger.Instance);

    /// <summary>Puts this in front of a logger; null for one that tells nothing.</summary>
    public static HostLogger Of(ILogger? logger) => logger is null ? None : logger as HostLogger ?? new HostLogger(logger);

#pragma warning disable CA1031 // Whatever a logger throws, it has nowhere else to tell it, and the node goes on.
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
    {
        try
        {
            return _logger.BeginScope(state);
        }
        catch (Exception)
        {
            return null;
        }
    }

    public bool IsEnabled(LogLevel logLevel)
    {
        try
        {
            return _logger.IsEnabled(logLevel);
        }
        catch (Exception)
        {
            return true; // it may tell all the same
        }
    }

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (logLevel == LogLevel.Critical || _limiter.TryPass(logLevel, eventId, PeerOf(state)))
        {
            try
            {
                _logger.Log(logLevel, eventId, state, exception, formatter);
            }
            catch (Exception)
            {
                // As above.
            }
        }
    }
#pragma warning restore CA1031

    // The node that a line is about or, where it has not said which it is, its address.
    private static object? PeerOf<TState>(TState state)
    {
        object? peer = null;
        if (state is IReadOnlyList<KeyValuePair<string, object?>> values)
        {
            foreach ((string name, object? value) in values)
            {
                if (name is "PeerId" or "SenderId")
                {
                    return value;
                }

                peer = name == "EndPoint" && value is IPEndPoint endPoint ? endPoint.Address : peer;
            }
        }

        return peer;
    }
}
