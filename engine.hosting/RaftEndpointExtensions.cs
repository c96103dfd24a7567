using System;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace RaftEngine.Hosting;

/// <summary>Endpoints of a node, and a filter that sends requests to the leader.</summary>
public static class RaftEndpointExtensions
{
    /// <summary>Maps GET /raft/NAME: the node's status as JSON. It tells about the cluster: map it where only operators come.</summary>
    /// <param name="endpoints">Where to.</param>
    /// <param name="name">The node's name.</param>
    /// <returns>The endpoint, to require authorization on.</returns>
    public static IEndpointConventionBuilder MapRaft(this IEndpointRouteBuilder endpoints, string name)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        IHostedRaftNode node = endpoints.ServiceProvider.GetRequiredKeyedService<IHostedRaftNode>(name);
        return endpoints.MapGet($"/raft/{name}", context => node.StatusIfStarted is { } status
            ? Results.Json(DocumentOf(node.Name, in status), RaftStatusJson.Default.RaftStatusDocument).ExecuteAsync(context)
            : Results.StatusCode(StatusCodes.Status503ServiceUnavailable).ExecuteAsync(context));
    }

    /// <summary>
    /// Has requests answered on the leader only: elsewhere they are redirected to it (307, which keeps method and
    /// body), by <see cref="RaftHostOptions.HttpAddresses"/>; 503 with Retry-After if no leader or no address is known.
    /// </summary>
    /// <typeparam name="TBuilder">The kind of endpoint, or a group.</typeparam>
    /// <param name="endpoint">The endpoint, or a group.</param>
    /// <param name="name">The node's name.</param>
    /// <returns><paramref name="endpoint"/>.</returns>
    public static TBuilder RedirectToLeader<TBuilder>(this TBuilder endpoint, string name)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.AddEndpointFilter(async (context, next) =>
        {
            HttpContext http = context.HttpContext;
            IHostedRaftNode node = http.RequestServices.GetRequiredKeyedService<IHostedRaftNode>(name);
            RaftStatus? status = node.StatusIfStarted;
            if (status is { Role: RaftRole.Leader })
            {
                return await next(context).ConfigureAwait(false);
            }

            string leader = (status?.LeaderId ?? 0).ToString(CultureInfo.InvariantCulture);
            if (node.Options.HttpAddresses.TryGetValue(leader, out string? address))
            {
                string target = $"{address.TrimEnd('/')}{http.Request.PathBase}{http.Request.Path}{http.Request.QueryString}";
                return Results.Redirect(target, permanent: false, preserveMethod: true);
            }

            http.Response.Headers.RetryAfter = "1";
            return Results.StatusCode(StatusCodes.Status503ServiceUnavailable);
        });

    private static RaftStatusDocument DocumentOf(string name, in RaftStatus status) => new(
        name,
        status.NodeId,
        status.Role.ToString(),
        status.Term,
        status.LeaderId == 0 ? null : status.LeaderId,
        status.FirstIndex,
        status.LastIndex,
        status.DurableIndex,
        status.CommitIndex,
        status.AppliedIndex,
        status.SnapshotIndex,
        status.Fingerprint.ToString("x16", CultureInfo.InvariantCulture),
        status.IsLogFull,
        status.IsSuperseded,
        status.ElectionTimeout.TotalMilliseconds,
        status.BroadcastTime.TotalMilliseconds,
        status.Configuration?.ToString(),
        status.Failure?.Message);
}
