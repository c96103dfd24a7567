using System;
using System.Buffers;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Threading.Tasks;
using RaftEngine.Samples.Kv.Resp;
using RaftEngine.Samples.Kv.Store;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>Carries out the requests of one connection, in their order.</summary>
internal sealed class CommandExecutor : IDisposable
{
    private const int KeptCommandBytes = 64 << 10;

    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(20);

    private readonly KvService _service;
    private readonly IKvReplica _replica;
    private readonly Session _session;
    private readonly ReplyStream _reply;
    private readonly RespWriter _writer;
    private readonly LocalCommands _local;
    private readonly PendingWrites _pending = new();
    private byte[] _command = [];
    private int _lastLength; // of the command that was proposed last, if it is still in the buffer
    private bool _barrierHolds;

    public CommandExecutor(KvService service, Session session, ReplyStream reply)
    {
        _service = service;
        _replica = service.Replica;
        _session = session;
        _reply = reply;
        _writer = reply.Writer;
        _local = new LocalCommands(service, session, reply.Writer);
    }

    /// <summary>A batch begins. A barrier that was asked for after a request had come covers it, so one serves all the
    /// reads of a batch that no write separates.</summary>
    public void BeginBatch() => _barrierHolds = false;

    /// <summary>A batch ends: everything is answered.</summary>
    public async ValueTask EndBatchAsync()
    {
        await DrainAsync().ConfigureAwait(false);
        if (_command.Length > KeptCommandBytes)
        {
            Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_command.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_command);
            _command = [];
        }
    }

    /// <summary>Answers what came with an error. In a transaction it spoils it.</summary>
    public async ValueTask RefuseAsync(string error)
    {
        await DrainAsync().ConfigureAwait(false);
        _writer.WriteError(error);
        if (_session.Transaction is { } transaction)
        {
            transaction.IsSpoiled = true;
        }

        await _reply.FlushIfDueAsync().ConfigureAwait(false);
    }

    /// <summary>Carries out a request.</summary>
    /// <returns>Whether the connection stays open.</returns>
    public async ValueTask<bool> ExecuteAsync(RespArguments request)
    {
        CommandInfo? command = CommandTable.Find(request[0]);
        if (command?.Class == CommandClass.Http)
        {
            await DrainAsync().ConfigureAwait(false);
            return false;
        }

        if ((Check(command, request) ?? Redirect(command!, request)) is { } error)
        {
            if (command?.Id == CommandId.Exec)
            {
                _session.Transaction = null;
                _session.Watches.Clear();
                error = $"EXECABORT Transaction discarded because of: {error[(error.IndexOf(' ', StringComparison.Ordinal) + 1)..]}";
            }

            await RefuseAsync(error).ConfigureAwait(false);
            return true;
        }

        _session.LastCommand = command!.Name;
        if (_session.Transaction is { } transaction && command.Class != CommandClass.Transaction && command.Id is not (CommandId.Quit or CommandId.Reset))
        {
            await QueueAsync(transaction, command, request).ConfigureAwait(false);
            return true;
        }

        if (command.Class == CommandClass.Write)
        {
            await WriteAsync(command, request).ConfigureAwait(false);
            return true;
        }

        await DrainAsync().ConfigureAwait(false);
        await AnswerAsync(command, request).ConfigureAwait(false);
        await _reply.FlushIfDueAsync().ConfigureAwait(false);
        return command.Id != CommandId.Quit;
    }

    private string? Check(CommandInfo? command, RespArguments request) =>
        command is null ? ErrorReplies.UnknownCommand(request)
        : !command.Takes(request.Count) ? ErrorReplies.WrongNumberOfArguments(command.Name)
        : !_session.IsAuthenticated && !command.NeedsNoPassword ? ErrorReplies.NoAuthentication
        : command.Class == CommandClass.Unsupported ? ErrorReplies.Unsupported(command.Name)
        : _service.IsStopping && (command.FirstKey > 0 || command.Class is not CommandClass.Local) ? ErrorReplies.Stopping
        : command.Operation == KvOperation.Object ? LocalCommands.CheckObject(request)
        : null;

    /// <summary>A client that knows the cluster is sent to the leader, unless it wants to read from here.</summary>
    private string? Redirect(CommandInfo command, RespArguments request)
    {
        if (!_session.KnowsCluster || command.FirstKey == 0 || (command.Class == CommandClass.Read && _session.ReadsAnywhere))
        {
            return null;
        }

        RaftStatus status = _replica.Status;
        int slot = SlotOf(command, request);
        ulong owner = KvService.OwnerOf(slot, _service.OwnersOf(in status));
        return owner != status.NodeId && _service.RedisPeers.TryGetAddress(owner, out ClientAddress address) ? $"MOVED {slot} {address}" : null;
    }

    private static int SlotOf(CommandInfo command, RespArguments request) =>
        command.FirstKey > 0 && command.FirstKey < request.Count ? HashSlot.Of(request[command.FirstKey]) : 0;

    private async ValueTask QueueAsync(QueuedTransaction transaction, CommandInfo command, RespArguments request)
    {
        bool isCall = command.Class is CommandClass.Read or CommandClass.Write;
        string? error = command.Class == CommandClass.Administration ? "ERR Command not allowed inside a transaction"
            : isCall ? (transaction.TryAdd(command, request) ? null : TransactionTooLarge())
            : transaction.TryAddLocal(command, request) ? null : TransactionTooLarge();
        if (error is not null)
        {
            await RefuseAsync(error).ConfigureAwait(false);
            return;
        }

        if (command.Id == CommandId.Select && LocalCommands.TryReadDatabase(request, out int database))
        {
            transaction.Database = database;
        }

        _writer.WriteSimple("QUEUED"u8);
        await _reply.FlushIfDueAsync().ConfigureAwait(false);
    }

    private static string TransactionTooLarge() => $"ERR a transaction has at most {RespLimits.MaxRequestBytes} bytes and {RespLimits.MaxArguments} commands";

    private async ValueTask WriteAsync(CommandInfo command, RespArguments request)
    {
        int length = Encode(command, request);
        if (!_pending.HasRoomFor(length))
        {
            await DrainAsync().ConfigureAwait(false);
        }

        _lastLength = length;
        _pending.Add(Propose(), length, _session.KnowsCluster || !_replica.Forwards ? SlotOf(command, request) : -1);
        _barrierHolds = false;
    }

    private int Encode(CommandInfo command, RespArguments request)
    {
        _lastLength = 0;
        int most = RequestEncoder.MaxLength(request);
        if (_command.Length < most)
        {
            Dispose();
            _command = ArrayPool<byte>.Shared.Rent(most);
        }

        bool isTimed = command.IsTimed && (command.Operation != KvOperation.Set || request.Count > 3);
        return RequestEncoder.Encode(_command, command.Operation, _session.Database, request, isTimed ? _replica.StampNow() : default);
    }

    private ValueTask<Applied<KvResult>> Propose()
    {
        try
        {
            return _replica.ProposeAsync(_command.AsSpan(0, _lastLength));
        }
        catch (Exception failure) when (IsAnswerable(failure))
        {
            return ValueTask.FromException<Applied<KvResult>>(failure);
        }
    }

    /// <summary>Waits for the proposals in flight and writes their replies, in order.</summary>
    private async ValueTask DrainAsync()
    {
        while (!_pending.IsEmpty)
        {
            (ValueTask<Applied<KvResult>> proposal, int slot) = _pending.Take();
            (KvResult result, Exception? failure) = await ResultOfAsync(proposal).ConfigureAwait(false);
            if (failure is NotLeaderException && slot < 0 && _pending.IsEmpty && _lastLength > 0)
            {
                // Never appended, and nothing was proposed behind it: it may be proposed again.
                (result, failure) = await RetryAsync(Propose).ConfigureAwait(false);
            }

            if (failure is null)
            {
                await _reply.WriteAsync(in result).ConfigureAwait(false);
            }
            else
            {
                _writer.WriteError(ErrorReplies.For(failure, _service, slot));
            }
        }
    }

    private async ValueTask AnswerAsync(CommandInfo command, RespArguments request)
    {
        switch (command.Class)
        {
            case CommandClass.Read:
                if (await BarrierAsync().ConfigureAwait(false) is { } error)
                {
                    _writer.WriteError(error);
                    break;
                }

                KvResult result = _replica.Store.Read(command.Operation, _session.Database, request.AsCall());
                await SendAsync(result).ConfigureAwait(false);
                break;
            case CommandClass.Transaction:
                await AnswerTransactionAsync(command, request).ConfigureAwait(false);
                break;
            case CommandClass.Administration:
                await AdministerAsync(command, request).ConfigureAwait(false);
                break;
            default:
                _local.Answer(command.Id, request);
                break;
        }
    }

    /// <summary>Sends what was read. The values are the store's own until they are overwritten; from then on they are
    /// held for this client alone, so much of them is bounded.</summary>
    private async ValueTask SendAsync(KvResult result)
    {
        long size = result.Items is null ? 0 : SizeOfItems(result.Items);
        if (!_service.Held.TryTake(size))
        {
            _writer.WriteError("ERR too many bytes are held for clients; ask for less at once, or try again later");
            return;
        }

        await _reply.WriteAsync(in result).ConfigureAwait(false);
        _service.Held.Return(size);
    }

    // A value that comes several times in a row counts once, as it is there once.
    private static long SizeOfItems(KvResult[] items)
    {
        long size = 0;
        byte[]? before = null;
        foreach (KvResult item in items)
        {
            size += item.Items is { } inner ? SizeOfItems(inner) : ReferenceEquals(item.Value.Bytes, before) ? 0 : item.Value.Bytes?.Length ?? 0;
            before = item.Value.Bytes;
        }

        return size;
    }

    private async ValueTask AdministerAsync(CommandInfo command, RespArguments request)
    {
        string answer;
        try
        {
            answer = _service.Administration is { } administration
                ? await administration.ExecuteAsync(command.Id, request).ConfigureAwait(false)
                : "-ERR this replica cannot be administered";
        }
        catch (Exception failure) when (IsAnswerable(failure))
        {
            answer = $"-{ErrorReplies.For(failure, _service, -1)}";
        }

        switch (answer[0])
        {
            case '-':
                _writer.WriteError(answer[1..]);
                break;
            case '+':
                _writer.WriteSimple(System.Text.Encoding.Latin1.GetBytes(answer[1..]));
                break;
            default:
                _writer.WriteText(answer);
                break;
        }
    }

    private async ValueTask AnswerTransactionAsync(CommandInfo command, RespArguments request)
    {
        QueuedTransaction? transaction = _session.Transaction;
        switch (command.Id)
        {
            case CommandId.Multi when transaction is not null:
                _writer.WriteError("ERR MULTI calls can\u0020not be nested"); // as redis spells it
                break;
            case CommandId.Multi:
                _session.Transaction = new QueuedTransaction(_session.Database);
                _writer.WriteOk();
                break;
            case CommandId.Exec or CommandId.Discard when transaction is null:
                _writer.WriteError($"ERR {command.Name.ToUpperInvariant()} without MULTI");
                break;
            case CommandId.Exec:
                _session.Transaction = null;
                await ExecuteTransactionAsync(transaction!).ConfigureAwait(false);
                _session.Watches.Clear();
                break;
            case CommandId.Discard:
                _session.Transaction = null;
                _session.Watches.Clear();
                _writer.WriteOk();
                break;
            case CommandId.Unwatch when transaction is not null:
                await QueueAsync(transaction, command, request).ConfigureAwait(false);
                break;
            case CommandId.Unwatch:
                _session.Watches.Clear();
                _writer.WriteOk();
                break;
            case CommandId.Watch when transaction is not null:
                _writer.WriteError("ERR WATCH inside MULTI is not allowed");
                break;
            default:
                await WatchAsync(request).ConfigureAwait(false);
                break;
        }
    }

    private async ValueTask WatchAsync(RespArguments request)
    {
        if (await BarrierAsync().ConfigureAwait(false) is { } error)
        {
            _writer.WriteError(error);
            return;
        }

        if (_session.Watches.Count + request.Count > RespLimits.MaxArguments)
        {
            _writer.WriteError($"ERR a client watches at most {RespLimits.MaxArguments} keys");
            return;
        }

        for (int i = 1; i < request.Count; i++)
        {
            _session.Watches.Add((_session.Database, request[i].ToArray(), _replica.Store.VersionOf(_session.Database, request[i])));
        }

        _writer.WriteOk();
    }

    private async ValueTask ExecuteTransactionAsync(QueuedTransaction transaction)
    {
        if (transaction.IsSpoiled)
        {
            _writer.WriteError(ErrorReplies.ExecAbort);
            return;
        }

        KvResult result = KvResult.FromItems([]);
        if (transaction.CallCount > 0 || _session.Watches.Count > 0)
        {
            byte[] command = RequestEncoder.Encode(transaction, _session.Watches, _replica.StampNow());
            _barrierHolds = false;
            (result, Exception? failure) = await RetryAsync(() => _replica.ProposeAsync(command)).ConfigureAwait(false);
            if (failure is not null)
            {
                _writer.WriteError(ErrorReplies.For(failure, _service, -1));
                return;
            }
        }

        if (result.Items is not { } items)
        {
            await _reply.WriteAsync(in result).ConfigureAwait(false);
            return;
        }

        _writer.WriteArray(transaction.Replies.Count);
        int next = 0;
        foreach ((CommandInfo Command, RespArguments Request)? queued in transaction.Replies)
        {
            if (queued is { } local)
            {
                _local.Answer(local.Command.Id, local.Request);
                await _reply.FlushIfDueAsync().ConfigureAwait(false);
            }
            else
            {
                await _reply.WriteAsync(in items[next++]).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask<string?> BarrierAsync()
    {
        if (_barrierHolds)
        {
            return null;
        }

        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await _replica.ReadBarrierAsync().ConfigureAwait(false);
                _barrierHolds = true;
                return null;
            }
            catch (NotLeaderException) when (_replica.Forwards && Stopwatch.GetElapsedTime(start) < _service.Limits.LeaderTimeout)
            {
                await Task.Delay(RetryPause).ConfigureAwait(false);
            }
            catch (Exception failure) when (IsAnswerable(failure))
            {
                return ErrorReplies.For(failure, _service, _session.KnowsCluster || !_replica.Forwards ? 0 : -1);
            }
        }
    }

    /// <summary>Proposes until there is a leader, for as long as clients wait for one. What was refused by no leader
    /// was never appended.</summary>
    private async ValueTask<(KvResult Result, Exception? Failure)> RetryAsync(Func<ValueTask<Applied<KvResult>>> propose)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            (KvResult result, Exception? failure) = await ResultOfAsync(Attempt(propose)).ConfigureAwait(false);
            if (failure is not NotLeaderException || !_replica.Forwards || Stopwatch.GetElapsedTime(start) >= _service.Limits.LeaderTimeout)
            {
                return (result, failure);
            }

            await Task.Delay(RetryPause).ConfigureAwait(false);
        }
    }

    private static ValueTask<Applied<KvResult>> Attempt(Func<ValueTask<Applied<KvResult>>> propose)
    {
        try
        {
            return propose();
        }
        catch (Exception failure) when (IsAnswerable(failure))
        {
            return ValueTask.FromException<Applied<KvResult>>(failure);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))] // one for each command
    private static async ValueTask<(KvResult Result, Exception? Failure)> ResultOfAsync(ValueTask<Applied<KvResult>> proposal)
    {
        try
        {
            return ((await proposal.ConfigureAwait(false)).Result, null);
        }
        catch (Exception failure) when (IsAnswerable(failure))
        {
            return (default, failure);
        }
    }

    /// <summary>Whatever the node failed with becomes the request's answer; only a fault of this process itself is
    /// not.</summary>
    private static bool IsAnswerable(Exception failure) => failure is not (OutOfMemoryException or NullReferenceException or IndexOutOfRangeException);
}
