using System;
using System.Threading;
using RaftEngine.Host;
using RaftEngine.Protocol;
using RaftEngine.Snapshots;
using RaftEngine.Storage;

namespace RaftEngine.Pipeline;

/// <summary>
/// Sends and receives snapshots on a thread of its own, so that the loop never waits for their files. The loop hands over what arrives for it, and sends what it gives.
/// </summary>
internal sealed class TransferStage : IDisposable
{
    private readonly SnapshotSender _sender;
    private readonly SnapshotReceiver _receiver;
    private readonly Func<TimeSpan> _now;
    private readonly Action<Exception> _fail;
    private readonly Wakeup _wakeup = new();
    private readonly EngineThread _thread;
    private volatile bool _stopping;

    /// <summary>A transfer stage; call <see cref="Start"/>.</summary>
    /// <param name="store">Where snapshots are.</param>
    /// <param name="options">The node's options.</param>
    /// <param name="now">The node's clock.</param>
    /// <param name="wakeLoop">Tells the loop to look at <see cref="ToLoop"/>.</param>
    /// <param name="fail">Stops the node: the disk failed.</param>
    /// <param name="name">The thread's name.</param>
    public TransferStage(SnapshotStore store, RaftOptions options, Func<TimeSpan> now, Action wakeLoop, Action<Exception> fail, string name)
    {
        _now = now;
        _fail = fail;
        FromLoop = new TransferChannel(options, _wakeup.Wake);
        ToLoop = new TransferChannel(options, wakeLoop);
        _sender = new SnapshotSender(store, options, ToLoop);
        _receiver = new SnapshotReceiver(store, options, ToLoop);
        _thread = new EngineThread(Run, name, ThreadPriority.BelowNormal);
    }

    /// <summary>What the loop has for this thread.</summary>
    public TransferChannel FromLoop { get; }

    /// <summary>What this thread has for the loop.</summary>
    public TransferChannel ToLoop { get; }

    public void Start() => _thread.Start();

    /// <summary>Does what there is to do. Called by the stage's thread, or by the code that runs a node without
    /// threads.</summary>
    /// <param name="now">The time.</param>
    /// <returns>When to come again, if nothing happens before.</returns>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public TimeSpan Work(TimeSpan now)
    {
        FromLoop.TrimNowAndThen(now);
        while (FromLoop.TryHear(out TransferEvent happened))
        {
            switch (happened.Kind)
            {
                case TransferEventKind.Begin:
                    _sender.Begin(happened.Peer, now);
                    break;
                case TransferEventKind.Stop:
                    _sender.Stop();
                    break;
                case TransferEventKind.Installed:
                    _receiver.Installed(happened.Index);
                    break;
                default:
                    throw new InvalidOperationException($"{happened.Kind} is not for the transfer thread.");
            }
        }

        while (FromLoop.TryTake(out Message message, out ReadOnlySpan<byte> body))
        {
            if (message.Kind == MessageKind.SnapshotPieces)
            {
                _receiver.TakePieces(in message, body);
            }
            else
            {
                _sender.TakeAnswer(in message, now);
            }

            FromLoop.Next();
        }

        _sender.Tick(now);
        return _sender.NextDeadline;
    }

    /// <summary>Ends the thread and closes the files.</summary>
    public void Dispose()
    {
        _stopping = true;
        _wakeup.Wake();
        _thread.Join();

        _sender.Dispose();
        _receiver.Dispose();
    }

    private void Run()
    {
        try
        {
            while (!_stopping)
            {
                TimeSpan deadline = Work(_now());
                _wakeup.PrepareToWait();
                TimeSpan wait = deadline - _now();
                if (_stopping || !FromLoop.IsEmpty || wait <= TimeSpan.Zero)
                {
                    _wakeup.CancelWait();
                    continue;
                }

                _wakeup.Wait(deadline == TimeSpan.MaxValue ? Timeout.InfiniteTimeSpan : wait);
            }
        }
#pragma warning disable CA1031 // Whatever it is, it stops the node.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _fail(exception);
        }
    }
}
