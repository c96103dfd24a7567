using System;
using System.Collections.Generic;
using FASTER.core;

namespace RaftEngine.Bench.Baselines;

/// <summary>Keeps a FasterLog from writing a file for every commit: in its fast commit mode the log itself carries what a recovery needs.</summary>
internal sealed class NoCommitFiles : ILogCommitManager
{
    public bool PreciseCommitNumRecoverySupport => false;

    public void Commit(long beginAddress, long untilAddress, byte[] commitMetadata, long commitNum, bool forceWriteMetadata)
    {
    }

    public void OnRecovery(long commitNum)
    {
    }

    public byte[]? GetCommitMetadata(long commitNum) => null;

    public IEnumerable<long> ListCommits() => [];

    public void RemoveCommit(long commitNum)
    {
    }

    public void RemoveAllCommits()
    {
    }

    public void Dispose()
    {
    }
}
