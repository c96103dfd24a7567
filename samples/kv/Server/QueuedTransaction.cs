using System.Buffers;
using System.Collections.Generic;
using RaftEngine.Samples.Kv.Resp;
using RaftEngine.Samples.Kv.Store;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>The commands between MULTI and EXEC. Those of the databases are kept as the calls that they become in the
/// log, the others as they came.</summary>
/// <param name="database">The database that is selected where it begins.</param>
internal sealed class QueuedTransaction(int database)
{
    private readonly ArrayBufferWriter<byte> _calls = new();

    /// <summary>The database that the next command is for.</summary>
    public int Database { get; set; } = database;

    /// <summary>True if a command could not be queued: then EXEC does nothing.</summary>
    public bool IsSpoiled { get; set; }

    /// <summary>How many calls of the databases there are.</summary>
    public int CallCount { get; private set; }

    /// <summary>What is answered, in order: a command of the connection, or null for the next call of the
    /// databases.</summary>
    public List<(CommandInfo Command, RespArguments Request)?> Replies { get; } = [];

    /// <summary>The bytes of the calls.</summary>
    public System.ReadOnlySpan<byte> Calls => _calls.WrittenSpan;

    /// <summary>Queues a call.</summary>
    /// <returns>False if the transaction is as large as one may be.</returns>
    public bool TryAdd(CommandInfo command, RespArguments request)
    {
        int most = RequestEncoder.MaxLength(request);
        if (_calls.WrittenCount + most > RespLimits.MaxRequestBytes || Replies.Count == RespLimits.MaxArguments)
        {
            return false;
        }

        _calls.Advance(RequestEncoder.EncodeCall(_calls.GetSpan(most), command.Operation, Database, request));
        CallCount++;
        Replies.Add(null);
        return true;
    }

    /// <summary>Queues a command of the connection.</summary>
    /// <returns>False if there are as many as there may be.</returns>
    public bool TryAddLocal(CommandInfo command, RespArguments request)
    {
        if (_calls.WrittenCount + request.RequestBytes > RespLimits.MaxRequestBytes || Replies.Count == RespLimits.MaxArguments)
        {
            return false;
        }

        Replies.Add((command, request.Copy()));
        return true;
    }
}
