using System;
using System.IO.Pipelines;
using System.Threading.Tasks;
using RaftEngine.Samples.Kv.Resp;
using RaftEngine.Samples.Kv.Store;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>
/// Sends replies as they are made: no more than 64 KiB or so waits for a client that does not read, whatever it has
/// asked for. Values are sent as they are in the store,
/// piece by piece; they are never changed in place.
/// </summary>
internal sealed class ReplyStream
{
    /// <summary>What may wait for the end of a batch before it is sent all the same, in bytes; and the pieces in which
    /// long values are sent.</summary>
    private const int MaxUnflushedBytes = 64 << 10;

    private readonly PipeWriter _output;
    private readonly ConnectionActivity _activity;

    /// <summary>Replies into this pipe.</summary>
    public ReplyStream(PipeWriter output, ConnectionActivity activity)
    {
        _output = output;
        _activity = activity;
        Writer = new RespWriter(output);
    }

    /// <summary>Writes replies that are short; call <see cref="FlushIfDueAsync"/> after them.</summary>
    public RespWriter Writer { get; }

    /// <summary>True once the client does not read any more: what is written goes nowhere.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Writes a result, with all its items.</summary>
    public ValueTask WriteAsync(in KvResult result)
    {
        bool isShort = result.Items is null && (result.Value.Bytes is not { } bytes || bytes.Length <= MaxUnflushedBytes);
        if (!isShort)
        {
            return WriteLongAsync(result);
        }

        Writer.WriteResult(in result);
        return FlushIfDueAsync();
    }

    /// <summary>Sends what is written, if it is much.</summary>
    public ValueTask FlushIfDueAsync() => _output.UnflushedBytes > MaxUnflushedBytes ? FlushAsync() : ValueTask.CompletedTask;

    /// <summary>Sends what is written, and waits until the client has read most of it.</summary>
    public async ValueTask FlushAsync()
    {
        ValueTask<FlushResult> flush = _output.FlushAsync();
        if (!flush.IsCompleted)
        {
            _activity.Begin(ActivityKind.Reply);
        }

        FlushResult flushed = await flush.ConfigureAwait(false);
        IsClosed |= flushed.IsCompleted || flushed.IsCanceled;
        _activity.Begin(ActivityKind.Work);
    }

    private async ValueTask WriteLongAsync(KvResult result)
    {
        if (result.Items is { } items)
        {
            Writer.WriteArray(items.Length);
            for (int i = 0; i < items.Length && !IsClosed; i++)
            {
                await WriteAsync(in items[i]).ConfigureAwait(false);
            }

            return;
        }

        ReadOnlyMemory<byte> rest = result.Value.Bytes;
        Writer.WriteBulkHeader(rest.Length);
        while (!rest.IsEmpty && !IsClosed)
        {
            ReadOnlyMemory<byte> piece = rest[..Math.Min(rest.Length, MaxUnflushedBytes)];
            rest = rest[piece.Length..];
            CopyPiece(piece.Span);
            await FlushAsync().ConfigureAwait(false);
        }

        CopyPiece("\r\n"u8);
    }

    private void CopyPiece(ReadOnlySpan<byte> piece)
    {
        while (!piece.IsEmpty)
        {
            Span<byte> room = _output.GetSpan();
            int length = Math.Min(room.Length, piece.Length);
            piece[..length].CopyTo(room);
            _output.Advance(length);
            piece = piece[length..];
        }
    }
}
