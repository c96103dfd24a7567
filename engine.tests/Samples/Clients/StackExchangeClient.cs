using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading.Tasks;
using StackExchange.Redis;
using Xunit;

namespace RaftEngine.Tests.Samples.Clients;

/// <summary>StackExchange.Redis, which is told of some or all of the replicas.</summary>
internal sealed class StackExchangeClient(IEnumerable<int> ports) : IClientUnderTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private ConnectionMultiplexer? _connection;

    private IDatabase Database => _connection!.GetDatabase();

    public async Task WorkAsync()
    {
        ConfigurationOptions options = ConfigurationOptions.Parse(string.Join(',', ports.Select(static port => $"127.0.0.1:{port}")));
        options.AbortOnConnectFail = false;
        options.AsyncTimeout = 30_000;
        _connection = await ConnectionMultiplexer.ConnectAsync(options);
        await AgainAsync(() => Database.StringSetAsync(Key("name"), "value"));
        Assert.Equal("value", await Database.StringGetAsync(Key("name")));
        Assert.True(await AgainAsync(() => Database.KeyExpireAsync(Key("name"), TimeSpan.FromSeconds(100))));
        Assert.InRange((await Database.KeyTimeToLiveAsync(Key("name")))!.Value, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(100));
        byte[] binary = [0, 255, 13, 10, 1];
        await AgainAsync(() => Database.StringSetAsync(binary, binary));
        Assert.Equal(binary, (byte[]?)await Database.StringGetAsync(binary));
        await AgainAsync(async () => (await Task.WhenAll(Enumerable.Range(0, 500).Select(i => Database.StringSetAsync(Key($"p{i}"), i)))).All(static set => set));
        Assert.Equal(
            Enumerable.Range(0, 500),
            (await Task.WhenAll(Enumerable.Range(0, 500).Select(i => Database.StringGetAsync(Key($"p{i}"))))).Select(static value => (int)value));
        byte[] big = new byte[2 << 20];
        await AgainAsync(() => Database.StringSetAsync(Key("big"), big));
        Assert.Equal(big, (byte[]?)await Database.StringGetAsync(Key("big")));
        await AgainAsync(TransactAsync);
        await AgainAsync(LockAsync);
    }

    public async Task<ClientReport> OutliveAsync()
    {
        long start = Stopwatch.GetTimestamp();
        double? first = null;
        List<string> errors = [];
        for (int left = 20, i = 0; left > 0; i++)
        {
            try
            {
                await Database.StringSetAsync($"after{i}", "value");
                first ??= Stopwatch.GetElapsedTime(start).TotalSeconds;
                left--;
            }
            catch (Exception error) when (error is RedisException or TimeoutException && Stopwatch.GetElapsedTime(start) < Patience)
            {
                errors.Add($"{error.GetType().Name}: {error.Message[..Math.Min(error.Message.Length, 80)]}");
                await Task.Delay(Pause);
            }
        }

        return new ClientReport(first!.Value, errors);
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
        {
            await _connection.DisposeAsync();
        }
    }

    // On a busy machine the leader may change at any time: what was not done, or perhaps not, is done again. All of it
    // may be done twice.
    private static async Task<bool> AgainAsync(Func<Task<bool>> action)
    {
        for (int left = 50; ; left--)
        {
            try
            {
                if (await action() || left == 0)
                {
                    return left > 0;
                }
            }
            catch (RedisException) when (left > 0)
            {
            }

            await Task.Delay(100);
        }
    }

    // Other clients are at work at the same time.
    private string Key(string name) => $"{ports.Count()}:{name}";

    private async Task<bool> TransactAsync()
    {
        ITransaction transaction = Database.CreateTransaction();
        transaction.AddCondition(Condition.KeyNotExists("absent"));
        Task<bool> set = transaction.StringSetAsync(Key("counted"), 1);
        Task<long> counted = transaction.StringIncrementAsync(Key("counted"));
        return await transaction.ExecuteAsync() && await set && await counted == 2;
    }

    private async Task<bool> LockAsync()
    {
        string token = $"{Guid.NewGuid()}";
        return await Database.LockTakeAsync(Key("lock"), token, TimeSpan.FromSeconds(1)) && await Database.LockReleaseAsync(Key("lock"), token);
    }
}
