namespace RaftEngine.Transport;

/// <summary>
/// What a connection carries. A node has two to each peer, so that bulk bytes on a slow network never hold up the signs of life behind them. Messages keep their order within
/// a lane only. The value is the byte on the wire.
/// </summary>
internal enum Lane : byte
{
    /// <summary>Everything for which there is no other connection: entries, snapshots, forwarded commands and the answers that must not fall behind entries.</summary>
    Ordinary = 0,

    /// <summary>Small messages that others wait for: heartbeats, votes, acknowledgments, read indexes.</summary>
    Control = 1,
}
