using System;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>Accepts clients and serves them, with Kestrel's sockets and none of its HTTP.</summary>
internal sealed class KvListener : IAsyncDisposable
{
    /// <summary>How many clients may be connected at once.</summary>
    public const int MaxConnections = 10_000;

    /// <summary>How long clients with requests under way are waited for when the listener stops.</summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(1);

    private readonly WebApplication _application;

    private KvListener(WebApplication application)
    {
        _application = application;
    }

    /// <summary>Starts to listen.</summary>
    /// <param name="endPoint">Where.</param>
    /// <param name="replica">The replica that is served.</param>
    /// <param name="redisPeers">Where the other replicas serve clients.</param>
    /// <param name="loggers">Where the listener logs.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    public static async Task<KvListener> StartAsync(
        IPEndPoint endPoint,
        IKvReplica replica,
        PeerMap redisPeers,
        ILoggerFactory loggers,
        CancellationToken cancellationToken)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton(new KvConnectionHandler(replica, redisPeers));
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxConcurrentConnections = MaxConnections;
            kestrel.Listen(endPoint, options => options.UseConnectionHandler<KvConnectionHandler>());
        });
        WebApplication application = builder.Build();
        try
        {
            await application.StartAsync(cancellationToken).ConfigureAwait(false);
            return new KvListener(application);
        }
        catch
        {
            await application.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Takes no more clients, lets those go that are waiting for nothing, and then the others.</summary>
    public async ValueTask StopAsync()
    {
        using CancellationTokenSource patience = new(StopTimeout);
        await _application.StopAsync(patience.Token).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _application.DisposeAsync();
}
