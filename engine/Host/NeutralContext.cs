using System.Globalization;
using System.Threading;

namespace RaftEngine.Host;

/// <summary>
/// The context in which state machines run: the invariant culture, no AsyncLocal, no synchronization context. A state
/// machine that formats a number, say,
/// must do so alike on all replicas and on all threads.
/// </summary>
internal static class NeutralContext
{
    private static readonly ExecutionContext Context = Make();

    /// <summary>Runs a callback in the context; what it changes of it ends with it.</summary>
    public static void Run(ContextCallback callback, object state)
    {
        SynchronizationContext? hosts = SynchronizationContext.Current;
        if (hosts is null && ReferenceEquals(ExecutionContext.Capture(), Context))
        {
            callback(state);
            return;
        }

        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            ExecutionContext.Run(Context, callback, state);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(hosts);
        }
    }

    /// <summary>Takes back what a callback of the host has changed of the thread's context.</summary>
    /// <param name="before">The context before; null if its flow was suppressed, and it cannot be brought back.</param>
    /// <param name="synchronization">The synchronization context before.</param>
    public static void Restore(ExecutionContext? before, SynchronizationContext? synchronization)
    {
        if (before is not null && !ReferenceEquals(ExecutionContext.Capture(), before))
        {
            ExecutionContext.Restore(before);
        }

        if (SynchronizationContext.Current != synchronization)
        {
            SynchronizationContext.SetSynchronizationContext(synchronization);
        }
    }

    // On a new thread, to which nothing flows: the culture is a part of the context that is captured there.
    private static ExecutionContext Make()
    {
        ExecutionContext? made = null;
        Thread thread = new(() =>
        {
            CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
            CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;
            Volatile.Write(ref made, ExecutionContext.Capture()); // pairs with the read below
        });
        thread.UnsafeStart();
        bool isInterrupted = false;
        while (Volatile.Read(ref made) is null)
        {
            try
            {
                thread.Join();
            }
            catch (ThreadInterruptedException)
            {
                isInterrupted = true;
            }
        }

        if (isInterrupted)
        {
            Thread.CurrentThread.Interrupt();
        }

        return made!;
    }
}
