using System;

namespace RaftEngine;

/// <summary>A committed command, as <see cref="RaftNode{TResult}.ReadCommittedAsync"/> gives it.</summary>
/// <param name="Index">Its log index. Indexes grow, with gaps: not every entry is a command.</param>
/// <param name="Term">The term of the leader that appended it.</param>
/// <param name="Command">The command. Valid until the next one is asked for; <see cref="ReadOnlyMemory{T}.ToArray"/> copies it.</param>
/// <param name="SessionId">The client session that it came by; 0 if by none.</param>
/// <param name="Sequence">Its sequence in the session; 0 without one. A client that retries can bring two entries of one session and
/// sequence into the log: the state machine is given the first only, and a reader can tell the second by these.</param>
public readonly record struct CommittedCommand(long Index, long Term, ReadOnlyMemory<byte> Command, long SessionId, long Sequence);
