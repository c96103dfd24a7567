using System;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Protocol;

namespace RaftEngine.Tests.Support;

/// <summary>A transport that reaches nobody, and fails where a test wants it to.</summary>
internal sealed class StubTransport : IRaftTransport
{
    private int _disposals;
    private IRaftReceiver? _receiver;

    public Func<CancellationToken, Task>? Starting { get; init; }

    public Exception? SendFailure { get; init; }

    public Exception? DisposeFailure { get; init; }

    public int Disposals => Volatile.Read(ref _disposals);

    /// <summary>Hands the node a message, as if a peer had sent it.</summary>
    public ReceiveResult Receive(Message message) => _receiver!.Receive(in message, default);

    public async ValueTask StartAsync(RaftIdentity identity, IRaftReceiver receiver, CancellationToken cancellationToken)
    {
        _receiver = receiver;
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
