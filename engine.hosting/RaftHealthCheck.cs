using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace RaftEngine.Hosting;

/// <summary>
/// Says how a node is, with the reason. Live: it runs. Ready: it can serve, too; what only slows it down or needs an
/// operator is degraded.
/// </summary>
internal sealed class RaftHealthCheck(IHostedRaftNode node, bool isReadiness) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(node.StatusIfStarted is { } status ? Judge(in status) : HealthCheckResult.Unhealthy("The node has not been started."));

    private HealthCheckResult Judge(in RaftStatus status)
    {
        Dictionary<string, object> data = new()
        {
            ["role"] = status.Role.ToString(),
            ["term"] = status.Term,
            ["leader"] = status.LeaderId,
            ["commitIndex"] = status.CommitIndex,
            ["appliedIndex"] = status.AppliedIndex,
        };
        if (status.Failure is { } failure)
        {
            return HealthCheckResult.Unhealthy($"The node has failed: {failure.Message}", failure, data);
        }

        if (!isReadiness)
        {
            return HealthCheckResult.Healthy("The node runs.", data);
        }

        if (status.IsSuperseded)
        {
            return HealthCheckResult.Unhealthy("The cluster knows another data directory under this node's id: remove the id and add it again.", null, data);
        }

        if (status.LeaderId == 0)
        {
            return HealthCheckResult.Unhealthy("No leader is known.", null, data);
        }

        long unapplied = status.CommitIndex - status.AppliedIndex;
        if (unapplied > node.Options.MaxUnappliedEntries)
        {
            return HealthCheckResult.Unhealthy($"The state machine lags by {unapplied} committed entries.", null, data);
        }

        if (status.IsLogFull)
        {
            return HealthCheckResult.Degraded("The log is full: free disk space, or raise MaxLogBytes.", null, data);
        }

        return status.IsElectionTimeoutTooShort
            ? HealthCheckResult.Degraded($"A broadcast takes {status.BroadcastTime.TotalMilliseconds:F0} ms: the election timeout of {status.ElectionTimeout.TotalMilliseconds:F0} ms is too short for it.", null, data)
            : HealthCheckResult.Healthy($"Node {status.LeaderId} leads.", data);
    }
}
