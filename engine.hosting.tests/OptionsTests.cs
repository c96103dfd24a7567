using System;
using System.Linq;
using System.Net;
using System.Threading.Tasks;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Xunit;
using AnyHost = Microsoft.Extensions.Hosting.Host;

namespace RaftEngine.Hosting.Tests;

/// <summary>Wrong options end the start, and the message lists every fault with what to write instead.</summary>
public sealed class OptionsTests
{
    [Fact]
    public async Task All_faults_are_told_at_once()
    {
        HostApplicationBuilder builder = AnyHost.CreateEmptyApplicationBuilder(null);
        builder.Services.AddRaft("orders", static options =>
        {
            options.Peers["1"] = "node1";
            options.Peers["two"] = "node2:7000";
            options.Peers["3"] = "fd00::3:7000";
            options.Voters.Add(4);
            options.Listen = "7000";
            options.HttpAddresses["1"] = "node1:80";
            options.MaxUnappliedEntries = 0;
        }).UseStateMachine<Tally, long>();
        using IHost host = builder.Build();

        OptionsValidationException thrown = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());

        string[] expected =
            ["NodeId is 0", "ClusterId is missing", "DataDirectory is missing", "Peers:1 is \"node1\"", "the key \"two\"", "Peers:3", "Voters has 4", "Listen is \"7000\"",
                "HttpAddresses:1", "MaxUnappliedEntries"];
        Assert.All(expected, fault => Assert.Single(thrown.Failures, failure => failure.Contains(fault, StringComparison.Ordinal)));
        Assert.Equal(expected.Length, thrown.Failures.Count());
        Assert.All(thrown.Failures, static failure => Assert.StartsWith("Raft \"orders\": ", failure, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_bounds_of_the_engine_are_told_with_the_name_of_the_option()
    {
        HostApplicationBuilder builder = AnyHost.CreateEmptyApplicationBuilder(null);
        builder.Services.AddRaft("orders", static options =>
        {
            options.NodeId = 1;
            options.ClusterId = Guid.NewGuid();
            options.DataDirectory = "unused";
            options.Peers["1"] = "127.0.0.1:7000";
            options.ElectionTimeout = TimeSpan.FromMilliseconds(1);
        }).UseStateMachine<Tally, long>();
        using IHost host = builder.Build();

        OptionsValidationException thrown = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.Contains("ElectionTimeout", thrown.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Peers:1=node1:7000", "this node would listen on 0.0.0.0:7000, beyond this machine, in plaintext: give the files of Tls, or set AllowPlaintext")]
    [InlineData("Peers:1=node1:7000;Tls:Certificate=none.pem;Tls:Key=none.key", "Tls:Certificate is \"none.pem\": there is no such file.")]
    [InlineData("Peers:1=node1:7000;Tls:Certificate=none.pem;Tls:Key=none.key", "Tls:Key is \"none.key\": there is no such file.")]
    [InlineData("Peers:1=node1:7000;Tls:Certificate=none.pem;Tls:Key=none.key", "Tls:Authorities is missing: name the file, or leave out Tls altogether.")]
    [InlineData("Peers:1=node1:7000;AllowPlaintext=true", null)]
    [InlineData("Peers:1=localhost:7000", null)]
    public void Plaintext_is_for_loopback_unless_asked_for(string settings, string? fault)
    {
        ConfigurationBuilder configuration = new();
        configuration.AddInMemoryCollection(
            $"NodeId=1;ClusterId={Guid.NewGuid()};DataDirectory=unused;{settings}".Split(';').Select(static pair => pair.Split('='))
                .Select(static pair => System.Collections.Generic.KeyValuePair.Create(pair[0], (string?)pair[1])));
        ServiceCollection services = new();
        services.AddRaft("orders", configuration.Build()).UseStateMachine<Tally, long>();
        using ServiceProvider provider = services.BuildServiceProvider();
        Exception? thrown = Record.Exception(() => provider.GetRequiredService<IOptionsMonitor<RaftHostOptions>>().Get("orders"));
        if (fault is null)
        {
            Assert.Null(thrown);
            return;
        }

        Assert.Contains(Assert.IsType<OptionsValidationException>(thrown).Failures, failure => failure.Contains(fault, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("127.0.0.1:7000", "127.0.0.1:7000")]
    [InlineData("[::1]:7000", "[::1]:7000")]
    [InlineData("node1.example:7000", "Unspecified/node1.example:7000")]
    [InlineData("node1", null)]
    [InlineData(":7000", null)]
    [InlineData("::1:7000", null)]
    [InlineData("node 1:7000", null)]
    [InlineData("node1:70000", null)]
    [InlineData("node1:-1", null)]
    [InlineData("", null)]
    public void An_address_is_a_host_and_a_port(string text, string? expected) => Assert.Equal(expected, HostAddress.Parse(text)?.ToString());

    [Theory]
    [InlineData("*:7000", "0.0.0.0:7000")]
    [InlineData("localhost:7000", "127.0.0.1:7000")]
    [InlineData("node1:7000", "0.0.0.0:7000")]
    [InlineData("[::]:7000", "[::]:7000")]
    [InlineData("7000", null)]
    public void A_node_listens_where_its_peers_find_it(string text, string? expected) => Assert.Equal(expected, HostAddress.ParseListen(text)?.ToString());

    [Fact]
    public void Several_nodes_have_several_names()
    {
        ServiceCollection services = new();
        services.AddLogging();
        services.AddSingleton<IHostApplicationLifetime, NoLifetime>();
        services.AddRaft("orders").UseStateMachine<Tally, long>();
        services.AddRaft("stock").UseStateMachine<Tally, long>();
        using ServiceProvider provider = services.BuildServiceProvider();

        IRaftNode<long> orders = provider.GetRequiredKeyedService<IRaftNode<long>>("orders");
        Assert.NotSame(orders, provider.GetRequiredKeyedService<IRaftNode<long>>("stock"));
        Assert.Same(orders, provider.GetRequiredService<IRaftNode<long>>());
        Assert.NotSame(provider.GetRequiredKeyedService<Tally>("orders"), provider.GetRequiredKeyedService<Tally>("stock"));
        Assert.Equal(2, provider.GetServices<IHostedService>().Count(static service => service is IHostedRaftNode));
        Assert.Throws<InvalidOperationException>(() => orders.Status);
    }

    private sealed class NoLifetime : IHostApplicationLifetime
    {
        public System.Threading.CancellationToken ApplicationStarted => default;

        public System.Threading.CancellationToken ApplicationStopping => default;

        public System.Threading.CancellationToken ApplicationStopped => default;

        public void StopApplication()
        {
        }
    }
}
