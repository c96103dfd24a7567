using System;
using System.Threading.Tasks;
using System.Threading.Tasks.Sources;

namespace RaftEngine.Bench.Log;

/// <summary>A caller's place in the queue, used again for each of its entries: the entry, and the caller's wait for it to be durable.</summary>
internal sealed class PendingAppend : IValueTaskSource
{
    private ManualResetValueTaskSourceCore<bool> _core;

    /// <summary>What to append.</summary>
    public ReadOnlyMemory<byte> Payload { get; private set; }

    /// <summary>The one behind it in a list.</summary>
    public PendingAppend? Next { get; set; }

    /// <summary>Begins a wait.</summary>
    public ValueTask Begin(ReadOnlyMemory<byte> payload)
    {
        Payload = payload;
        _core.Reset();
        return new ValueTask(this, _core.Version);
    }

    /// <summary>Ends the wait; the caller goes on in here.</summary>
    public void Complete() => _core.SetResult(true);

    /// <summary>Ends the wait with an error.</summary>
    public void Fail(Exception exception) => _core.SetException(exception);

    /// <inheritdoc/>
    public void GetResult(short token) => _core.GetResult(token);

    /// <inheritdoc/>
    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    /// <inheritdoc/>
    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
