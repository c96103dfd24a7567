using System;
using System.Threading;
using Microsoft.Extensions.Logging;

namespace RaftEngine.Tests.Host;

/// <summary>A logger that throws, whatever it is told.</summary>
internal sealed class FaultyLogger(LoggerFault fault) : ILogger
{
    private int _thrown;

    public int Thrown => Volatile.Read(ref _thrown);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
    {
        ThrowIf(fault is LoggerFault.BeginScope or LoggerFault.Everything);
        return null;
    }

    public bool IsEnabled(LogLevel logLevel)
    {
        ThrowIf(fault is LoggerFault.IsEnabled or LoggerFault.Everything);
        return true;
    }

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        ThrowIf(fault is LoggerFault.Log or LoggerFault.Everything);

    private void ThrowIf(bool throws)
    {
        if (throws)
        {
            Interlocked.Increment(ref _thrown);
            throw new InvalidOperationException("The logger throws.");
        }
    }
}
