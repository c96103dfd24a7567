namespace RaftEngine.Consensus;

/// <summary>
/// What the core wants done to the log as the outcome of one step. It is carried out before the core is called again: first the truncation, then the
/// append.
/// </summary>
/// <param name="TruncateFrom">Remove this entry and all that follow it; 0: remove nothing.</param>
/// <param name="AppendFrom">Append the stepped message's entries from this index to its last; 0: append nothing.</param>
/// <param name="AppendNoOp">Append an empty entry of the current term: this node has just become leader (Raft §8).</param>
/// <param name="ResetLog">Replace the whole log, its history of configurations included, by the snapshot that was stepped: it then ends, durably, at
/// the snapshot's index (Raft §7).</param>
internal readonly record struct LogOrder(long TruncateFrom, long AppendFrom, bool AppendNoOp, bool ResetLog = false);
