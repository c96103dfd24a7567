using System;
using System.Buffers;
using System.IO.Pipelines;
using System.Threading.Tasks;
using RaftEngine.Samples.Kv.Resp;
using RaftEngine.Samples.Kv.Store;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>
/// One client. What the connection has received is one batch: its writes are proposed one after the other without waiting, and while they commit the next batch gathers
/// in the input pipe. Requests take effect and are answered in their order: a read waits for the writes before it, a write is proposed when the reads before it are done.
/// </summary>
internal sealed class KvConnection : IDisposable
{
    /// <summary>Replies that wait for the end of their batch, in bytes, before they are sent all the same.</summary>
    private const int MaxUnflushedBytes = 64 << 10;

    private readonly IKvReplica _replica;
    private readonly PeerMap _redisPeers;
    private readonly PipeReader _input;
    private readonly PipeWriter _output;
    private readonly RespParser _parser = new();
    private readonly RespArguments _request = new();
    private readonly RespWriter _writer;
    private readonly LocalCommands _local;
    private readonly PendingWrites _pending = new();
    private byte[] _command = [];

    /// <summary>A connection over these pipes.</summary>
    public KvConnection(IKvReplica replica, PeerMap redisPeers, IDuplexPipe transport, long connectionId)
    {
        _replica = replica;
        _redisPeers = redisPeers;
        _input = transport.Input;
        _output = transport.Output;
        _writer = new RespWriter(_output);
        _local = new LocalCommands(replica, _writer, connectionId);
    }

    /// <summary>Serves the client until it leaves, sends what is no request, or the read is cancelled.</summary>
    public async Task RunAsync()
    {
        bool open = true;
        while (open)
        {
            ReadResult read = await _input.ReadAsync().ConfigureAwait(false);
            ReadOnlySequence<byte> buffer = read.Buffer;
            (open, SequencePosition consumed) = await AnswerAsync(buffer).ConfigureAwait(false);
            FlushResult flushed = await _output.FlushAsync().ConfigureAwait(false);
            _input.AdvanceTo(consumed, buffer.End);
            open &= !read.IsCompleted && !read.IsCanceled && !flushed.IsCompleted;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _request.Dispose();
        ReturnCommandBuffer();
    }

    /// <summary>Answers every whole request of one batch.</summary>
    /// <returns>Whether the connection stays open, and where the rest begins.</returns>
    private async ValueTask<(bool Open, SequencePosition Consumed)> AnswerAsync(ReadOnlySequence<byte> buffer)
    {
        // A barrier that was asked for after a request had come covers it, so one serves all the reads of a batch that no write separates.
        bool barrierHolds = false;
        bool open = true;
        while (open)
        {
            RespParseStatus status = _parser.Read(ref buffer, _request);
            if (status == RespParseStatus.NeedMore)
            {
                break;
            }

            CommandInfo? command = status == RespParseStatus.Request ? CommandTable.Find(_request[0]) : null;
            string? error = status == RespParseStatus.Error ? $"ERR Protocol error: {_parser.Error}" : Check(command);
            int length = 0;
            if (error is null && command!.Class == CommandClass.Write)
            {
                error = Encode(command.Id, out length);
            }

            if (error is null && command!.Class == CommandClass.Write)
            {
                if (!_pending.HasRoomFor(length))
                {
                    await DrainAsync().ConfigureAwait(false);
                }

                Propose(length);
                barrierHolds = false;
                continue;
            }

            await DrainAsync().ConfigureAwait(false);
            if (error is null && command!.Class == CommandClass.Read && !barrierHolds)
            {
                error = await ErrorOfAsync(_replica.ReadBarrierAsync()).ConfigureAwait(false);
                barrierHolds = error is null;
            }

            if (error is null && command!.Id == CommandId.Save)
            {
                error = await ErrorOfAsync(_replica.SaveAsync()).ConfigureAwait(false);
            }

            open = status == RespParseStatus.Request && command?.Id != CommandId.Quit;
            Answer(command, error);
            if (_output.UnflushedBytes > MaxUnflushedBytes)
            {
                FlushResult flushed = await _output.FlushAsync().ConfigureAwait(false);
                open &= !flushed.IsCompleted;
            }
        }

        await DrainAsync().ConfigureAwait(false);
        return (open, buffer.Start);
    }

    private string? Check(CommandInfo? command) =>
        command is null ? ErrorReplies.UnknownCommand(_request[0])
        : !command.Takes(_request.Count) ? ErrorReplies.WrongNumberOfArguments(command.Name)
        : null;

    private void Answer(CommandInfo? command, string? error)
    {
        if (error is not null)
        {
            _writer.WriteError(error);
        }
        else if (command!.Class == CommandClass.Read)
        {
            ReadCommands.Answer(command.Id, _request, _replica.Store, _writer);
        }
        else
        {
            _local.Answer(command.Id, _request);
        }
    }

    private string? Encode(CommandId id, out int length)
    {
        int most = WriteCommands.MaxLength(_request);
        if (_command.Length < most)
        {
            ReturnCommandBuffer();
            _command = ArrayPool<byte>.Shared.Rent(most);
        }

        return WriteCommands.Encode(id, _request, _command, out length);
    }

    private void ReturnCommandBuffer()
    {
        if (_command.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_command);
            _command = [];
        }
    }

    private void Propose(int length)
    {
        ValueTask<Applied<KvResult>> proposal;
        try
        {
            proposal = _replica.ProposeAsync(_command.AsSpan(0, length));
        }
        catch (Exception failure) when (IsAnswerable(failure))
        {
            proposal = ValueTask.FromException<Applied<KvResult>>(failure);
        }

        _pending.Add(proposal, length);
    }

    /// <summary>Waits for the proposals in flight and writes their replies, in order.</summary>
    private async ValueTask DrainAsync()
    {
        while (!_pending.IsEmpty)
        {
            try
            {
                Applied<KvResult> applied = await _pending.Take().ConfigureAwait(false);
                _writer.WriteResult(applied.Result);
            }
            catch (Exception failure) when (IsAnswerable(failure))
            {
                _writer.WriteError(ErrorReplies.For(failure, _replica.Status.NodeId, _redisPeers));
            }
        }
    }

    private async ValueTask<string?> ErrorOfAsync(ValueTask task)
    {
        try
        {
            await task.ConfigureAwait(false);
            return null;
        }
        catch (Exception failure) when (IsAnswerable(failure))
        {
            return ErrorReplies.For(failure, _replica.Status.NodeId, _redisPeers);
        }
    }

    /// <summary>Whatever the node failed with becomes the request's answer; only a fault of this process itself is not.</summary>
    private static bool IsAnswerable(Exception failure) => failure is not (OutOfMemoryException or NullReferenceException or IndexOutOfRangeException);
}
