using System;
using RaftEngine.Protocol;

namespace RaftEngine.Consensus;

/// <summary>Logs without room: a leader without room for commands hands over to a member that has some, and takes no commands while a majority has none.</summary>
/// <remarks>Members say in their answers to heartbeats whether they have room. One that says nothing, because it runs an earlier version, counts as having some.</remarks>
internal sealed partial class RaftCore
{
    private TimeSpan _roomHandoverDue;

    /// <summary>True if what this leader appends can be committed, as far as the logs' room goes.</summary>
    public bool HasMajorityRoom { get; private set; } = true;

    private void HearRoom(Progress peer, bool isFull)
    {
        if (peer.IsLogFull != isFull)
        {
            peer.IsLogFull = isFull;
            CountRoom();
        }
    }

    // A leader without room refuses commands by itself; here it counts as having some, for it may get it back before anything is appended.
    private void CountRoom()
    {
        ulong members = 0;
        for (int i = 0; i < _progress.Length; i++)
        {
            members |= i == _countedPosition || !_progress[i].IsLogFull ? 1ul << i : 0;
        }

        HasMajorityRoom = _electorate.IsMajority(members);
    }

    private void TickRoom()
    {
        CountRoom();
        if (_now < _roomHandoverDue || TransferTarget != 0 || _log.HasRoomForCommands())
        {
            return;
        }

        ulong target = FurthestVoter();
        if (target != 0 && !_progress[PositionOf(target)].IsLogFull)
        {
            _roomHandoverDue = _now + ElectionTimeout;
            TransferLeadership(target);
        }
    }
}
