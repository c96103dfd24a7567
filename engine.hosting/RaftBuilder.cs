using System;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace RaftEngine.Hosting;

/// <summary>Goes on with a node that <see cref="RaftServiceCollectionExtensions.AddRaft(IServiceCollection, string, Action{RaftHostOptions})"/> has begun.</summary>
public sealed class RaftBuilder
{
    private Func<IServiceProvider, RaftHostOptions, ILogger, IRaftTransport> _transport = static (_, options, logger) => RaftHostSettings.Tcp(options, logger);

    internal RaftBuilder(IServiceCollection services, string name)
    {
        Services = services;
        Name = name;
    }

    /// <summary>The services.</summary>
    public IServiceCollection Services { get; }

    /// <summary>The node's name, which is also the name of its options, and the key of its services.</summary>
    public string Name { get; }

    /// <summary>
    /// Names the state machine, a singleton under the node's name. The node is then there as
    /// <see cref="IRaftNode{TResult}"/>: by the key <see cref="Name"/>, and, for the first one, without a key. The same
    /// holds for the state machine.
    /// </summary>
    /// <typeparam name="TStateMachine">The state machine.</typeparam>
    /// <typeparam name="TResult">What a command gives back.</typeparam>
    /// <returns>This.</returns>
    public RaftBuilder UseStateMachine<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TStateMachine, TResult>()
        where TStateMachine : class, IStateMachine<TResult>
    {
        string name = Name;
        Services.AddKeyedSingleton<TStateMachine>(name);
        Services.TryAddSingleton(provider => provider.GetRequiredKeyedService<TStateMachine>(name));
        Services.AddKeyedSingleton(name, (provider, _) => new HostedRaftNode<TResult>(
            name,
            () => provider.GetRequiredService<IOptionsMonitor<RaftHostOptions>>().Get(name),
            () => provider.GetRequiredKeyedService<TStateMachine>(name),
            (options, logger) => _transport(provider, options, logger),
            provider.GetRequiredService<IHostApplicationLifetime>(),
            provider.GetRequiredService<ILoggerFactory>()));
        Services.AddKeyedSingleton<IRaftNode<TResult>>(name, static (provider, key) => provider.GetRequiredKeyedService<HostedRaftNode<TResult>>(key));
        Services.AddKeyedSingleton<IHostedRaftNode>(name, static (provider, key) => provider.GetRequiredKeyedService<HostedRaftNode<TResult>>(key));
        Services.TryAddSingleton(provider => provider.GetRequiredKeyedService<IRaftNode<TResult>>(name));
        Services.AddSingleton<IHostedService>(provider => provider.GetRequiredKeyedService<HostedRaftNode<TResult>>(name));
        return this;
    }

    /// <summary>Connects the nodes by TCP, as <see cref="RaftHostOptions.Peers"/> says. The default.</summary>
    /// <returns>This.</returns>
    public RaftBuilder UseTcp()
    {
        _transport = static (_, options, logger) => RaftHostSettings.Tcp(options, logger);
        return this;
    }

    /// <summary>Connects the nodes by a transport of the caller's.</summary>
    /// <param name="make">Makes it, once, at the start. The node disposes of it.</param>
    /// <returns>This.</returns>
    public RaftBuilder UseTransport(Func<IServiceProvider, IRaftTransport> make)
    {
        ArgumentNullException.ThrowIfNull(make);
        _transport = (provider, _, _) => make(provider);
        return this;
    }
}
