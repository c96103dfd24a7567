namespace RaftEngine.Pipeline;

/// <summary>What the loop and the transfer thread tell each other of snapshots.</summary>
internal enum TransferEventKind
{
    /// <summary>To the thread: send the newest snapshot to this peer.</summary>
    Begin = 1,

    /// <summary>To the thread: this node no longer leads and stops sending.</summary>
    Stop = 2,

    /// <summary>To the thread: the log and the state machine need no more what comes before the snapshot of this index.</summary>
    Installed = 3,

    /// <summary>To the loop: this peer has the snapshot of this index.</summary>
    Sent = 4,

    /// <summary>To the loop: this peer was not sent a snapshot, or not all of it.</summary>
    Failed = 5,

    /// <summary>To the loop: a snapshot has arrived, and is on disk.</summary>
    Arrived = 6,
}
