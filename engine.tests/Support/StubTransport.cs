using System;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Protocol;

namespace RaftEngine.Tests.Support;

/// <summary>A transport that reaches nobody, and fails where a test wants it to.</summary>
internal sealed class StubTransport : IRaftTransport
{
    private int _disposals;

    public Func<CancellationToken, Task>? Starting { get; init; }

    public Exception? SendFailure { get; init; }

    public Exception? DisposeFailure { get; init; }

    public int Disposals => Volatile.Read(ref _disposals);

    public async ValueTask StartAsync(RaftIdentity identity, IRaftReceiver receiver, CancellationToken cancellationToken)
    {
        if (Starting is not null)
        {
            await Starting(cancellationToken);
        }
    }

    public bool Send(in Message message, ReadOnlySpan<byte> body) => SendFailure is null ? false : throw SendFailure;

    public void Flush()
    {
    }

    public ValueTask DisposeAsync()
    {
        Interlocked.Increment(ref _disposals);
        return DisposeFailure is null ? ValueTask.CompletedTask : ValueTask.FromException(DisposeFailure);
    }
}
