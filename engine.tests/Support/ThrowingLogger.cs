using System;
using Microsoft.Extensions.Logging;

namespace RaftEngine.Tests.Support;

/// <summary>A logger that throws at one event.</summary>
internal sealed class ThrowingLogger(int eventId) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId id, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (id.Id == eventId)
        {
            throw new InvalidOperationException("The logger throws.");
        }
    }
}
