using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Protocol;

namespace RaftEngine.Tests.Support;

/// <summary>A transport whose peers are made by the test. It reaches no peer unless told to, and fails where a test
/// wants it to.</summary>
internal sealed class StubTransport : IRaftTransport
{
    private int _disposals;
    private IRaftReceiver? _receiver;

    public Func<CancellationToken, Task>? Starting { get; init; }

    public Exception? SendFailure { get; init; }

    public Exception? DisposeFailure { get; init; }

    /// <summary>Whether what is sent arrives, in <see cref="Sent"/>.</summary>
    public bool IsConnected { get; set; }

    public ConcurrentQueue<(Message Message, byte[] Body)> Sent { get; } = [];

    public int Disposals => Volatile.Read(ref _disposals);

    /// <summary>Hands the node a message, as if a peer had sent it.</summary>
    public ReceiveResult Receive(Message message, byte[]? body = null)
    {
        ReceiveResult result = _receiver!.Receive(in message, body);
        _receiver.Flush();
        return result;
    }

    /// <summary>Hands the node messages, as if a peer's had all come at once.</summary>
    public void ReceiveTogether(IEnumerable<Message> messages, byte[] body)
    {
        foreach (Message message in messages)
        {
            _receiver!.Receive(in message, body);
        }

        _receiver!.Flush();
    }

    public async ValueTask StartAsync(RaftIdentity identity, IRaftReceiver receiver, CancellationToken cancellationToken)
    {
        _receiver = receiver;
        if (Starting is not null)
        {
            await Starting(cancellationToken);
        }
    }

    public bool Send(in Message message, ReadOnlySpan<byte> body)
    {
        if (SendFailure is not null)
        {
            throw SendFailure;
        }

        if (IsConnected)
        {
            Sent.Enqueue((message, body.ToArray()));
        }

        return IsConnected;
    }

    public void Flush()
    {
    }

    public ValueTask DisposeAsync()
    {
        Interlocked.Increment(ref _disposals);
        return DisposeFailure is null ? ValueTask.CompletedTask : ValueTask.FromException(DisposeFailure);
    }
}
