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
    /// <summary>What the sockets may hold of each direction of a connection, in bytes, before it is read or written
    /// on.</summary>
    private const int SocketBufferBytes = 64 << 10;

    private static readonly TimeSpan DeadlineInterval = TimeSpan.FromSeconds(1);

    /// <summary>How long clients with requests under way are waited for when the listener stops.</summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(1);

    private readonly WebApplication _application;
    private readonly Timer _deadlines;

    private KvListener(WebApplication application, KvService service, ILogger logger)
    {
        _application = application;
        _deadlines = new Timer(_ => CloseOverdue(service, logger), null, DeadlineInterval, DeadlineInterval);
    }

    /// <summary>Starts to listen.</summary>
    /// <param name="endPoint">Where.</param>
    /// <param name="service">The replica that is served.</param>
    /// <param name="loggers">Where the listener logs.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    public static async Task<KvListener> StartAsync(
        IPEndPoint endPoint,
        KvService service,
        ILoggerFactory loggers,
        CancellationToken cancellationToken)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton(new KvConnectionHandler(service));
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseSockets(static sockets => (sockets.MaxReadBufferSize, sockets.MaxWriteBufferSize) = (SocketBufferBytes, SocketBufferBytes));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxConcurrentConnections = service.Limits.MaxConnections;
            kestrel.Listen(endPoint, options => options.UseConnectionHandler<KvConnectionHandler>());
        });
        WebApplication application = builder.Build();
        try
        {
            await application.StartAsync(cancellationToken).ConfigureAwait(false);
            return new KvListener(application, service, loggers.CreateLogger<KvListener>());
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
    public async ValueTask DisposeAsync()
    {
        await _deadlines.DisposeAsync().ConfigureAwait(false);
        await _application.DisposeAsync().ConfigureAwait(false);
    }

    private static void CloseOverdue(KvService service, ILogger logger)
    {
        foreach (KvConnection connection in service.Connections.Values)
        {
            if (connection.Activity.IsOverdue(service.Limits))
            {
                ServerLog.Closes(logger, connection.Session.Address, "it has sent no whole request, or read no reply, for too long");
                connection.Abort?.Invoke();
            }
        }
    }
}
