using System;

namespace RaftEngine.Transport;

/// <summary>
/// Waits for many sockets at once: the one place where the transport depends on the operating system. All members belong to the poll thread, except <see cref="Wake"/>.
/// </summary>
internal interface IPoller : IDisposable
{
    /// <summary>Watches the socket of a <see cref="Polled"/>, or changes what is waited for.</summary>
    /// <param name="polled">What to watch. Its <see cref="Polled.Interest"/> is what was watched so far.</param>
    /// <param name="interest">What to wait for, not <see cref="PollEvents.None"/>.</param>
    void Watch(Polled polled, PollEvents interest);

    /// <summary>Watches a socket no longer. Called before the socket is disposed of.</summary>
    /// <param name="polled">What was watched.</param>
    void Unwatch(Polled polled);

    /// <summary>Waits until something happens to a watched socket, the time has passed, or <see cref="Wake"/> is called.</summary>
    /// <param name="ready">Filled with what has happened; a socket that has broken counts as readable and writable.</param>
    /// <param name="timeoutMilliseconds">The longest wait; -1 for no limit.</param>
    /// <returns>How many entries were filled.</returns>
    int Wait(Span<(Polled Polled, PollEvents Events)> ready, int timeoutMilliseconds);

    /// <summary>Ends the present wait, or the next one. Any thread.</summary>
    void Wake();
}
