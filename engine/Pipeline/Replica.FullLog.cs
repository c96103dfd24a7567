using System;
using RaftEngine.Log;
using RaftEngine.Protocol;

namespace RaftEngine.Pipeline;

/// <summary>What a replica does while its log has no room: at its bound, or on a full disk.</summary>
internal sealed partial class Replica
{
    /// <summary>
    /// Entries that a full log cannot take are as good as lost, and the leader sends them again. Commands leave a reserve, which no-ops and configurations may use: where all
    /// logs are full, leaders are still elected and reads go on.
    /// </summary>
    private bool HasRoomFor(in Message message, ReadOnlySpan<byte> body)
    {
        if (message.Kind != MessageKind.AppendRequest || body.IsEmpty)
        {
            return true;
        }

        long behind = IsInConflict(in message) ? message.Index : _log.LastIndex;
        return _view.TryMakeRoom(body.Length + LogView.ReservedBytes, behind, out _, body)
            || (MayUseReserve(body) && _view.TryMakeRoom(body.Length, behind, out _, body));
    }

    private static bool MayUseReserve(ReadOnlySpan<byte> records)
    {
        while (!records.IsEmpty)
        {
            ref readonly byte record = ref records[0];
            if ((EntryKind)RecordFormat.KindAndFlagsAt(in record) is not (EntryKind.NoOp or EntryKind.Configuration))
            {
                return false;
            }

            records = records[(int)RecordFormat.SizeOf(RecordFormat.PayloadLengthAt(in record))..];
        }

        return true;
    }

    // What a majority has no room for would be appended here, and not be committed until there is room.
    private bool MayAppendCommand(int commandBytes, out LogFullException? full)
    {
        if (!_core.HasMajorityRoom)
        {
            full = new LogFullException(_log.Directory.Path, "a majority of the voters has no room in its logs; commands are taken once it has.");
            return false;
        }

        return _view.TryMakeRoom((int)RecordFormat.SizeOf((uint)commandBytes) + LogView.ReservedBytes, _log.LastIndex, out full);
    }

    private bool HasRoom(int bytes, out LogFullException? full) => _view.TryMakeRoom(bytes, _log.LastIndex, out full);

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
