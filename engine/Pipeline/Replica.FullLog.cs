using System;
using RaftEngine.Log;
using RaftEngine.Protocol;

namespace RaftEngine.Pipeline;

/// <summary>What a replica does while its log has no room: at its bound, or on a full disk.</summary>
internal sealed partial class Replica
{
    private bool _isLogFull;

    /// <summary>
    /// What a full log can not take is as good as lost, and the leader sends it again: entries, and the votes that would make this node the leader, whose
    /// first act is to append. As long as there is room for that, a log with none for commands can still lead: where all logs are full, reads go on.
    /// </summary>
    private bool HasRoomFor(in Message message, ReadOnlySpan<byte> records) => message.Kind switch
    {
        MessageKind.AppendRequest => records.IsEmpty
            || HasRoom(records.Length, out _, behind: IsInConflict(in message) ? message.Index : _log.LastIndex, RecordFormat.LargestOf(records)),
        MessageKind.PreVoteResponse or MessageKind.VoteResponse => HasRoom(RecordFormat.SmallestBytes, out _),
        _ => true,
    };

    private bool HasRoom(int bytes, out LogFullException? full) => HasRoom(bytes, out full, _log.LastIndex);

    private bool HasRoom(int bytes, out LogFullException? full, long behind, int largestRecord = 0)
    {
        _isLogFull = !_log.TryMakeRoom(bytes, behind, out full, largestRecord);
        return !_isLogFull;
    }

    // All entries of a message are of one term. If the last one that this log has an entry beside is of the same, all before are (Log Matching, Raft §5.3).
    private bool IsInConflict(in Message message)
    {
        long last = Math.Min(message.LastIndex, _log.LastIndex);
        return last > message.Index && last >= _log.FirstIndex && _log.TermAt(last) != message.EntryTerm;
    }

    // What needs no room is answered all the same, for the leader may wait for it: a refusal leads to the snapshot that makes room; and so may the commit of what is here
    // already, if its acknowledgment was lost. Nothing else is answered, or the leader would send it again at once.
    private void StepWithoutRoom(Message message)
    {
        bool isRefused = message.Index > _log.LastIndex || (message.Index >= _log.FirstIndex - 1 && _log.TermAt(message.Index) != message.IndexTerm);
        message.LastIndex = isRefused ? message.LastIndex : Math.Min(message.LastIndex, _log.LastIndex);
        if (isRefused || (message.LastIndex > message.Index && !IsInConflict(in message)))
        {
            StepTaken(in message, default);
        }
    }
}
