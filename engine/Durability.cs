namespace RaftEngine;

/// <summary>What "durable" means before a node acknowledges an entry. Every benchmark names its mode.</summary>
/// <remarks>
/// <para>Terms, votes, snapshots and full segments are synced in every mode. The modes differ in the entries that are acknowledged and not synced
/// yet: a loss of power may take these from a node. The death of a process never does.</para>
/// <para>With <see cref="Interval"/> and <see cref="None"/>, no acknowledged command is lost as long as fewer than a majority of the voters are
/// <i>in doubt</i> because of a loss of power: of three voters one, of five two. A node is in doubt from a start that no orderly stop came before until a leader has
/// brought it up to date, which takes a moment while there is a leader. If a majority lose power before that, as all machines on one supply do, acknowledged
/// commands may be lost, without a word.</para>
/// <para>The price is paid in elections. A node cannot tell whether its machine lost power or only its process died, and while it is in
/// doubt its vote counts only if all voters vote (<see cref="RaftStatus.IsTailInDoubt"/>). So if a majority is killed or loses power at once, there is no leader before
/// <b>every</b> voter is up again; if one of them never comes back, a survivor must be recovered as after a lost quorum (<see
/// cref="RaftRecovery"/>). After an orderly stop no node is in doubt.</para>
/// </remarks>
public enum Durability
{
    /// <summary>The default: an entry is acknowledged once fdatasync has returned for it. An acknowledged command survives the loss of power of
    /// every node.</summary>
    Fsync = 0,

    /// <summary>An entry is acknowledged once it has been written; the file is synced every <see cref="RaftOptions.SyncInterval"/>. An acknowledged command
    /// survives the death of all processes, and a loss of power of fewer nodes than a majority before a leader has brought these up to date (see remarks). If more nodes
    /// lose power, what may be lost is mostly what was acknowledged within the last interval; but a disk that is slow to sync makes it more.</summary>
    Interval = 1,

    /// <summary>As <see cref="Interval"/>, but only full segments and an orderly stop are synced: if a majority loses power, any number of acknowledged commands may
    /// be lost. For tests, caches and comparisons.</summary>
    None = 2,
}
