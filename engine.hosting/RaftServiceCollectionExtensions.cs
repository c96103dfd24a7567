using System;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace RaftEngine.Hosting;

/// <summary>Adds nodes to a host's services.</summary>
public static class RaftServiceCollectionExtensions
{
    /// <summary>
    /// Adds a node. It starts with the host, and stops with it after handing leadership over. Its options are checked
    /// at the start, and its health checks "raft-NAME-live" (tag "live") and "raft-NAME-ready" (tag "ready") are added.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="name">The node's name, one for each node of this host: "orders".</param>
    /// <param name="configure">Sets the options; after those of a configuration, if both are given.</param>
    /// <returns>What goes on: <see cref="RaftBuilder.UseStateMachine"/> must follow.</returns>
    public static RaftBuilder AddRaft(this IServiceCollection services, string name, Action<RaftHostOptions>? configure = null) =>
        Add(services, name, null, configure);

    /// <inheritdoc cref="AddRaft(IServiceCollection, string, Action{RaftHostOptions})"/>
    /// <param name="services">The services.</param>
    /// <param name="name">The node's name.</param>
    /// <param name="configuration">The section whose values are bound to <see cref="RaftHostOptions"/>.</param>
    /// <param name="configure">Sets the options after that.</param>
    public static RaftBuilder AddRaft(this IServiceCollection services, string name, IConfiguration configuration, Action<RaftHostOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return Add(services, name, configuration, configure);
    }

    private static RaftBuilder Add(IServiceCollection services, string name, IConfiguration? configuration, Action<RaftHostOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        OptionsBuilder<RaftHostOptions> options = services.AddOptions<RaftHostOptions>(name);
        if (configuration is not null)
        {
            options.Bind(configuration);
        }

        if (configure is not null)
        {
            options.Configure(configure);
        }

        options.ValidateOnStart();
        services.AddSingleton<IValidateOptions<RaftHostOptions>>(new RaftHostOptionsValidator(name));
        services.AddHealthChecks()
            .Add(new HealthCheckRegistration($"raft-{name}-live", provider => Check(provider, name, isReadiness: false), null, ["live", "raft"]))
            .Add(new HealthCheckRegistration($"raft-{name}-ready", provider => Check(provider, name, isReadiness: true), null, ["ready", "raft"]));
        return new RaftBuilder(services, name);
    }

    private static RaftHealthCheck Check(IServiceProvider provider, string name, bool isReadiness) =>
        new(provider.GetRequiredKeyedService<IHostedRaftNode>(name), isReadiness);
}
