namespace RaftEngine.Log;

/// <summary>What one sync will have made durable. A truncation or a reset starts a new epoch,
/// so that a sync that was under way then cannot vouch for what took the place of the truncated records.</summary>
/// <param name="Epoch">The log's epoch when the sync was prepared.</param>
/// <param name="LastIndex">The last index written by then.</param>
internal readonly record struct SyncTicket(long Epoch, long LastIndex);
