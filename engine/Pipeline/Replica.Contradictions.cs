using System;
using RaftEngine.Consensus;
using RaftEngine.Diagnostics;
using RaftEngine.Log;
using RaftEngine.Protocol;

namespace RaftEngine.Pipeline;

/// <summary>Messages that contradict what Raft guarantees (<see cref="Contradiction"/>): they are dropped, with the connection that they came by.</summary>
internal sealed partial class Replica
{
    /// <summary>One warning in so long; what comes in between is counted.</summary>
    private static readonly TimeSpan WarningInterval = TimeSpan.FromSeconds(1);

    private TimeSpan _warnsFrom;
    private long _unwarned;

    /// <summary>
    /// Two logs that agree in index and term agree in everything before (Log Matching, Raft §5.3), so their chain values there are equal. If not, one of the
    /// two is not the log it was. The frame's header has a checksum of its own, so it is not the wire.
    /// </summary>
    /// <returns>False if the chain values differ, and the sender cannot be the leader: then its log is not asked for.</returns>
    private bool AgreesInChain(in Message message, ReadOnlySpan<byte> body)
    {
        bool comparable = message.Kind == MessageKind.AppendRequest
            && message.Index >= _log.FirstIndex - 1
            && message.Index <= _log.LastIndex
            && _log.TermAt(message.Index) == message.IndexTerm;
        if (!comparable)
        {
            return true;
        }

        long last = message.Index;
        long lastTerm = message.IndexTerm;
        ulong leadersChain = message.PreviousChain;
        long overlapEnd = Math.Min(message.LastIndex, _log.LastIndex);
        if (_log.ChainAt(last) == leadersChain && overlapEnd > last && body.Length > 0 && _log.TermAt(overlapEnd) == message.EntryTerm)
        {
            // Entries that come again: two leaders of one term, which a lost vote allows, would differ here.
            ReadOnlySpan<byte> known = body[..RecordFormat.OffsetOf(body, overlapEnd - last)];
            (last, lastTerm, leadersChain) = (overlapEnd, message.EntryTerm, RecordFormat.ReadChain(known));
        }

        if (_log.ChainAt(last) == leadersChain)
        {
            return true;
        }

        if (_core.MayLead(in message))
        {
            CheckChain(last, lastTerm, leadersChain);
        }

        return false;
    }

    private void CheckChain(long index, long term, ulong leadersChain)
    {
        ulong chain = _log.ChainAt(index);
        if (chain != leadersChain)
        {
            throw new LogDivergenceException(index, term, chain, leadersChain);
        }
    }

    private void Disconnect(in Message message, Contradiction contradiction)
    {
        _unwarned++;
        if (_now >= _warnsFrom)
        {
            NodeMessages.Contradicted(_logger, _options.NodeId, message.From, message.Kind, message.Term, message.Index, contradiction, _core.HardState.Term, _unwarned);
            _warnsFrom = _now + WarningInterval;
            _unwarned = 0;
        }

        _transport.Disconnect(message.From);
    }
}
