using System;
using System.Collections.Generic;
using System.Linq;
using RaftEngine.Log;

namespace RaftEngine.LogDump.Comparing;

/// <summary>The logs of several replicas, and where they part: all pairs are compared, because two may agree that a third does not.</summary>
internal sealed class Replicas : IDisposable
{
    private readonly List<ReplicaLog> _logs = [];

    private Replicas()
    {
    }

    /// <summary>The logs, in the order of the command line.</summary>
    public IReadOnlyList<ReplicaLog> Logs => _logs;

    /// <summary>The lowest index at which any two of them part; <see cref="AgreementKind.Agree"/> if no two do, <see
    /// cref="AgreementKind.NothingInCommon"/> if some cannot be compared.</summary>
    public Agreement Agreement { get; private set; }

    /// <summary>The last index that any of them has.</summary>
    public long LastIndex => _logs.Max(static replica => replica.Log.LastIndex);

    /// <summary>True if all of them hold the same indexes, too.</summary>
    public bool AreEqual => Agreement.Kind == AgreementKind.Agree && _logs.TrueForAll(replica => replica.Log.LastIndex == LastIndex);

    /// <summary>How many segments were looked into, further than their headers.</summary>
    public int SegmentsRead => _logs.Sum(static replica => replica.Log.SegmentsRead);

    /// <summary>Opens and compares them.</summary>
    /// <exception cref="DamagedReplicaException">A log is damaged, where it was looked at.</exception>
    /// <exception cref="UsageException">They are not of one cluster.</exception>
    public static Replicas Compare(IReadOnlyList<string> paths)
    {
        Replicas replicas = new();
        try
        {
            foreach (string path in paths)
            {
                replicas._logs.Add(ReplicaLog.Open(path));
            }

            replicas.RequireOneCluster();
            replicas.CompareAll();
            return replicas;
        }
        catch
        {
            replicas.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _logs.ForEach(static replica => replica.Dispose());

    private void CompareAll()
    {
        Agreement found = new(AgreementKind.Agree, LastIndex);
        for (int i = 0; i < _logs.Count; i++)
        {
            for (int j = i + 1; j < _logs.Count; j++)
            {
                Agreement pair = LogComparison.Compare(_logs[i], _logs[j]);
                bool isWorse = Rank(pair.Kind) > Rank(found.Kind) || (Rank(pair.Kind) == Rank(found.Kind) && pair.Index < found.Index);
                found = isWorse ? pair : found;
            }
        }

        Agreement = found;
    }

    // Where some part, that counts, the lowest index first; then what cannot be compared.
    private static int Rank(AgreementKind kind) => kind switch
    {
        AgreementKind.Part or AgreementKind.PartEarlier => 2,
        AgreementKind.NothingInCommon => 1,
        _ => 0,
    };

    private void RequireOneCluster()
    {
        LogOwner first = _logs[0].Owner;
        foreach (ReplicaLog other in _logs)
        {
            if (other.Owner.ClusterId != first.ClusterId || other.Owner.GroupId != first.GroupId)
            {
                throw new UsageException(
                    $"'{_logs[0].Path}' is of cluster {first.ClusterId}, group {first.GroupId}, "
                    + $"and '{other.Path}' is of cluster {other.Owner.ClusterId}, group {other.Owner.GroupId}: their logs have nothing in common.");
            }
        }
    }
}
