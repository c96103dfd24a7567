namespace RaftEngine;

/// <summary>Why a request for other members, for another leader, for a read or for a backup was refused. Nothing was changed.</summary>
public enum RequestRefusal
{
    /// <summary>The leader has not committed an entry of its own term yet; until then a change is not safe. Try again shortly.</summary>
    TermNotCommitted = 1,

    /// <summary>The change before is not complete: one at a time (thesis §4.1).</summary>
    ChangeInProgress = 2,

    /// <summary>Leadership is being handed over.</summary>
    TransferInProgress = 3,

    /// <summary>The old and the new members together are too many: do it in two changes.</summary>
    TooManyMembers = 4,

    /// <summary>The node that should lead is no voter.</summary>
    NotVoter = 5,

    /// <summary>What was asked for did not come about within an election timeout or a few of them. A node that should lead did not take over, and this node goes on leading; a read
    /// at a leader that has committed no entry of its own yet; a backup at a node that has a snapshot to install first.</summary>
    TimedOut = 6,

    /// <summary>The node has applied nothing yet, so there is no state to back up.</summary>
    NothingApplied = 7,
}
