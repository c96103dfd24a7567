using System;
using RaftEngine.Protocol;

namespace RaftEngine;

/// <summary>What a backup holds. All of its file has been checked.</summary>
/// <param name="ClusterId">The cluster that it was taken from.</param>
/// <param name="GroupId">The Raft group.</param>
/// <param name="Index">The last index of the log that the state includes.</param>
/// <param name="Term">That entry's term.</param>
/// <param name="Fingerprint">The log's chain value there: that of every replica at this index.</param>
/// <param name="Configuration">The members at that index.</param>
/// <param name="LengthInBytes">The file's length.</param>
public sealed record RaftBackup(Guid ClusterId, ulong GroupId, long Index, long Term, ulong Fingerprint, Configuration Configuration, long LengthInBytes);
