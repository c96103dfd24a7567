using System;
using RaftEngine.Protocol;
using RaftEngine.Snapshots;

namespace RaftEngine.Pipeline;

/// <summary>
/// Sends the newest snapshot to one peer at a time (Raft §7): a message of whole pieces, then its answer, which says where to go on. So it resumes by itself, wherever the peer
/// already is. It keeps to a rate, so that a snapshot takes no more of the network than it is given, in messages as small as that rate allows: while the loop hands one to the
/// transport, commands wait. Bounded: one file, one buffer of one message. The transfer thread's.
/// </summary>
internal sealed class SnapshotSender(SnapshotStore store, RaftOptions options, TransferChannel toLoop) : IDisposable
{
    /// <summary>A message unanswered for so long is sent again; or for so many times what the answer before took, if that is longer: on a slow network a message sent again
    /// before it can have arrived only holds up those behind it.</summary>
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private const int AnswersInRetryDelay = 4;

    /// <summary>A peer that has not answered for so long is given up.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>Messages do not get smaller than this, for each has its own cost.</summary>
    private const int SmallMessageBytes = 64 << 10;

    private readonly byte[] _buffer = new byte[Math.Max(options.MaxMessageBytes, SnapshotFormat.LargestPieceBytes)];
    private OutgoingSnapshot? _snapshot; // null while no snapshot is being sent
    private ulong _peer;
    private long _offset;
    private int _messageBytes; // what a message may carry
    private TimeSpan _sentAt;
    private TimeSpan _answerTime; // of the last message answered
    private TimeSpan _rateAllowsAt;
    private TimeSpan _sendAt;
    private TimeSpan _heardAt;

    /// <summary>When <see cref="Tick"/> has something to do, if nothing happens before.</summary>
    public TimeSpan NextDeadline => _snapshot is null ? TimeSpan.MaxValue : _sendAt;

    /// <summary>Begins to send to a peer; while another is being sent to, or without a snapshot that is whole, it fails at once.</summary>
    public void Begin(ulong peer, TimeSpan now)
    {
        if (_snapshot is not null)
        {
            toLoop.Tell(new TransferEvent(TransferEventKind.Failed, peer));
            return;
        }

        try
        {
            _snapshot = store.OpenNewestToSend();
        }
        catch (SnapshotCorruptedException)
        {
            // The next one that is written replaces it, and a start from this one is refused.
        }

        if (_snapshot is null)
        {
            toLoop.Tell(new TransferEvent(TransferEventKind.Failed, peer));
            return;
        }

        _peer = peer;
        _offset = 0;
        _messageBytes = Math.Min(SmallMessageBytes, _buffer.Length);
        _heardAt = now;
        _answerTime = TimeSpan.Zero;
        _sendAt = now;
        Tick(now);
    }

    /// <summary>Takes the peer's answer.</summary>
    public void TakeAnswer(in Message answer, TimeSpan now)
    {
        if (_snapshot is null || answer.From != _peer || answer.Index != _snapshot.Header.Index)
        {
            return;
        }

        _heardAt = now;
        if (answer.Rejected || answer.LastIndex > _snapshot.LengthInBytes)
        {
            Fail();
        }
        else if (answer.LastIndex == _snapshot.LengthInBytes)
        {
            toLoop.Tell(new TransferEvent(TransferEventKind.Sent, _peer, _snapshot.Header.Index));
            Stop();
        }
        else if (answer.LastIndex != _offset)
        {
            _offset = answer.LastIndex;
            _answerTime = now - _sentAt;
            FitMessages(_answerTime);
            _sendAt = _rateAllowsAt;
            Tick(now);
        }
    }

    /// <summary>Sends what is due, or gives up.</summary>
    public void Tick(TimeSpan now)
    {
        if (_snapshot is null || now < _sendAt)
        {
            return;
        }

        int length = now - _heardAt < Patience ? _snapshot.Read(_offset, _buffer.AsSpan(0, _messageBytes)) : 0;
        if (length == 0)
        {
            Fail(); // it is gone, or asks for something that is not the start of a piece
            return;
        }

        SnapshotHeader header = _snapshot.Header;
        toLoop.Send(
            new Message
            {
                Kind = MessageKind.SnapshotPieces,
                To = _peer,
                Index = header.Index,
                IndexTerm = header.Term,
                LastIndex = _offset,
                PreviousChain = header.Chain,
            },
            _buffer.AsSpan(0, length));
        TimeSpan time = TimeOf(length);
        _rateAllowsAt = (_rateAllowsAt > now - time ? _rateAllowsAt : now - time) + time; // waking up late is made up for, by one message at the most
        _sentAt = now;
        _sendAt = now + (AnswersInRetryDelay * _answerTime > RetryDelay ? AnswersInRetryDelay * _answerTime : RetryDelay);
    }

    /// <summary>Stops sending, for a leader that leads no more.</summary>
    public void Stop()
    {
        _snapshot?.Dispose();
        _snapshot = null;
    }

    public void Dispose() => Stop();

    // The further the peer, the more must be on its way for the same rate: a message whose answer takes longer than the rate gives it was too small.
    private void FitMessages(TimeSpan answerTime)
    {
        TimeSpan time = TimeOf(_messageBytes);
        if (answerTime > time)
        {
            _messageBytes = Math.Min(2 * _messageBytes, _buffer.Length);
        }
        else if (answerTime < time / 4 && _messageBytes > SmallMessageBytes)
        {
            _messageBytes = Math.Max(_messageBytes / 2, SmallMessageBytes);
        }
    }

    private TimeSpan TimeOf(int bytes) => TimeSpan.FromSeconds(bytes / (double)options.SnapshotBytesPerSecond);

    private void Fail()
    {
        toLoop.Tell(new TransferEvent(TransferEventKind.Failed, _peer));
        Stop();
    }
}
