using System;
using System.Buffers;
using System.IO.Pipelines;
using System.Threading.Tasks;
using RaftEngine.Samples.Kv.Resp;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>
/// One client. What the connection has received is one batch: its writes are proposed one after the other without
/// waiting, and while they commit the next batch gathers
/// in the input pipe. Requests take effect and are answered in their order: a read waits for the writes before it, a
/// write is proposed when the reads before it are done.
/// </summary>
internal sealed class KvConnection : IDisposable
{
    /// <summary>What every connection may hold of an unfinished request without asking, in bytes.</summary>
    private const int FreeBytes = 64 << 10;

    private readonly KvService _service;
    private readonly PipeReader _input;
    private readonly ReplyStream _reply;
    private readonly RespParser _parser = new();
    private readonly RespArguments _request = new();
    private readonly CommandExecutor _executor;
    private long _held;
    private long _unfinishedSince;
    private bool _isUnfinished;

    /// <summary>A connection over these pipes.</summary>
    public KvConnection(KvService service, IDuplexPipe transport, Session session)
    {
        _service = service;
        _input = transport.Input;
        Activity = new ConnectionActivity(TimeProvider.System);
        Session = session;
        session.IsAuthenticated = !service.NeedsPassword;
        _reply = new ReplyStream(transport.Output, Activity);
        _executor = new CommandExecutor(service, session, _reply);
    }

    /// <summary>Closes it at once, from any thread.</summary>
    public Action? Abort { get; init; }

    /// <summary>What it waits for.</summary>
    public ConnectionActivity Activity { get; }

    /// <summary>What it remembers of its client. Other threads only show it.</summary>
    public Session Session { get; }

    /// <summary>Serves the client until it leaves, sends what is no request, or the read is cancelled.</summary>
    public async Task RunAsync()
    {
        bool open = true;
        Activity.Begin(ActivityKind.Idle);
        while (open)
        {
            ReadResult read = await _input.ReadAsync().ConfigureAwait(false);
            Activity.Begin(ActivityKind.Work);
            ReadOnlySequence<byte> buffer = read.Buffer;
            (open, bool answered, SequencePosition consumed) = await AnswerAsync(buffer).ConfigureAwait(false);
            if (open && !TryHold(buffer.Slice(consumed).Length))
            {
                _reply.Writer.WriteError("ERR too many bytes are held for clients; try again later");
                open = false;
            }

            await _reply.FlushAsync().ConfigureAwait(false);
            AwaitNext(answered, isUnfinished: buffer.Slice(consumed).Length > 0 || _parser.IsWithinRequest);
            _input.AdvanceTo(consumed, buffer.End);
            open &= !read.IsCompleted && !read.IsCanceled && !_reply.IsClosed;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _service.Held.Return(_held);
        _request.Dispose();
        _executor.Dispose();
    }

    /// <summary>Answers every whole request of one batch.</summary>
    /// <returns>Whether the connection stays open, whether a request has ended, and where the rest begins.</returns>
    private async ValueTask<(bool Open, bool Answered, SequencePosition Consumed)> AnswerAsync(ReadOnlySequence<byte> buffer)
    {
        bool open = true;
        bool answered = false;
        _executor.BeginBatch();
        while (open && !_reply.IsClosed)
        {
            _parser.IsAuthenticated = Session.IsAuthenticated;
            RespParseStatus status = _parser.Read(ref buffer, _request);
            if (status == RespParseStatus.NeedMore)
            {
                break;
            }

            answered = true;
            if (status == RespParseStatus.Request)
            {
                open = await _executor.ExecuteAsync(_request).ConfigureAwait(false);
                _request.Release();
                continue;
            }

            open = status == RespParseStatus.TooLarge;
            await _executor.RefuseAsync(open ? _parser.Error : $"ERR Protocol error: {_parser.Error}").ConfigureAwait(false);
        }

        await _executor.EndBatchAsync().ConfigureAwait(false);
        return (open, answered, buffer.Start);
    }

    private void AwaitNext(bool answered, bool isUnfinished)
    {
        if (isUnfinished && (answered || !_isUnfinished))
        {
            _unfinishedSince = Activity.Now;
        }

        _isUnfinished = isUnfinished;
        if (isUnfinished)
        {
            Activity.Begin(ActivityKind.Request, _unfinishedSince);
        }
        else
        {
            Activity.Begin(ActivityKind.Idle);
        }
    }

    private bool TryHold(long bytes)
    {
        long wanted = Math.Max(bytes - FreeBytes, 0);
        if (wanted > _held && !_service.Held.TryTake(wanted - _held))
        {
            return false;
        }

        _service.Held.Return(Math.Max(_held - wanted, 0));
        _held = wanted;
        return true;
    }
}
