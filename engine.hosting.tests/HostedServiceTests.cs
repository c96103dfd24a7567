using System;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Text.Json;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace RaftEngine.Hosting.Tests;

/// <summary>A service of three instances: any takes commands, a stop hands over, and HTTP tells what is going on.</summary>
public sealed class HostedServiceTests : IAsyncLifetime
{
    private readonly ServiceCluster _cluster = new();
    private readonly HttpClient _http = new(new HttpClientHandler { AllowAutoRedirect = false }) { Timeout = ServiceCluster.Patience };

    public Task InitializeAsync() => _cluster.StartAsync();

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task Any_instance_takes_commands_and_a_stopped_leader_has_handed_over()
    {
        int leader = await _cluster.LeaderAsync();
        foreach (int id in _cluster.Instances.Keys)
        {
            await _cluster.Node(id).WaitForLeaderAsync().WaitAsync(ServiceCluster.Patience);
            await _cluster.Node(id).ProposeAsync(BitConverter.GetBytes(10L)).AsTask().WaitAsync(ServiceCluster.Patience);
        }

        long term = _cluster.Node(leader).Status.Term;
        await _cluster.Instances[leader].StopAsync();
        await _cluster.Instances[leader].DisposeAsync();
        _cluster.Instances.Remove(leader);

        int next = await _cluster.LeaderAsync();
        await _cluster.Node(next).ReadBarrierAsync().AsTask().WaitAsync(ServiceCluster.Patience);
        Assert.Equal(30, _cluster.Instances[next].Services.GetRequiredService<Tally>().Value);
        Assert.InRange(_cluster.Node(next).Status.Term, term + 1, long.MaxValue);

        await _cluster.StartAsync(leader); // on its directory and its ports
        Assert.InRange(await _cluster.Node(leader).WaitForLeaderAsync().WaitAsync(ServiceCluster.Patience), 1UL, 3UL);
    }

    [Fact]
    public async Task Http_tells_the_status_redirects_to_the_leader_and_says_whether_it_is_ready()
    {
        int leader = await _cluster.LeaderAsync();
        int other = _cluster.Instances.Keys.First(id => id != leader);
        await _cluster.Node(other).WaitForLeaderAsync().WaitAsync(ServiceCluster.Patience);

        HttpResponseMessage redirected = await _http.PostAsync(new Uri(_cluster.Address(other), "/add/5?x=1"), null);
        Assert.Equal(HttpStatusCode.TemporaryRedirect, redirected.StatusCode);
        Assert.Equal(new Uri(_cluster.Address(leader), "/add/5?x=1"), redirected.Headers.Location);

        HttpResponseMessage done = await _http.PostAsync(redirected.Headers.Location, null);
        Assert.Equal((HttpStatusCode.OK, "5"), (done.StatusCode, await done.Content.ReadAsStringAsync()));

        using JsonDocument status = JsonDocument.Parse(await _http.GetStringAsync(new Uri(_cluster.Address(other), "/raft/tally")));
        Assert.Equal(("tally", (ulong)leader), (status.RootElement.GetProperty("name").GetString(), status.RootElement.GetProperty("leaderId").GetUInt64()));
        Assert.Equal("Healthy", await _http.GetStringAsync(new Uri(_cluster.Address(other), "/ready")));

        // Alone, it comes to know no leader.
        foreach (int id in _cluster.Instances.Keys.Where(id => id != other).ToArray())
        {
            await _cluster.Instances[id].StopAsync();
            await _cluster.Instances[id].DisposeAsync();
            _cluster.Instances.Remove(id);
        }

        await WaitUntilAsync(async () => (await _http.GetAsync(new Uri(_cluster.Address(other), "/ready"))).StatusCode == HttpStatusCode.ServiceUnavailable);
        HttpResponseMessage refused = await _http.PostAsync(new Uri(_cluster.Address(other), "/add/5"), null);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
    }

    [Fact]
    public async Task A_failure_of_the_node_stops_the_host_with_the_cause()
    {
        int leader = await _cluster.LeaderAsync();
        WebApplication instance = _cluster.Instances[leader];
        Task<long> command = Task.Run(async () => (await _cluster.Node(leader).ProposeAsync(BitConverter.GetBytes(Tally.Poison))).Result);

        await instance.WaitForShutdownAsync().ContinueWith(_ => { }, TaskScheduler.Default).WaitAsync(ServiceCluster.Patience);

        await Assert.ThrowsAnyAsync<Exception>(() => command);
        Assert.IsType<StateMachineFailedException>(_cluster.Node(leader).Completion.Exception!.InnerException);
    }

    private static async Task WaitUntilAsync(Func<Task<bool>> condition)
    {
        DateTime deadline = DateTime.UtcNow + ServiceCluster.Patience;
        while (!await condition())
        {
            Assert.True(DateTime.UtcNow < deadline, "The condition did not come true in time.");
            await Task.Delay(20);
        }
    }
}
