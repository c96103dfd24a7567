using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Tests.Processes;
using Xunit;
using Xunit.Abstractions;

namespace RaftEngine.Tests.Soak;

/// <summary>Everything at once for a while. How long is set by the environment variable RAFTENGINE_SOAK_MINUTES.</summary>
[Collection(RunsProcesses.Name)]
public sealed class SoakTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Default = TimeSpan.FromSeconds(6);

    private static readonly TimeSpan? Campaign =
        Environment.GetEnvironmentVariable("RAFTENGINE_SOAK_MINUTES") is { Length: > 0 } minutes
            ? TimeSpan.FromMinutes(double.Parse(minutes, CultureInfo.InvariantCulture))
            : null;

    [Fact]
    public async Task Every_call_ends_and_all_states_are_equal_after_commands_reads_changes_transfers_and_restarts()
    {
        TimeSpan length = Campaign ?? Default;
        SoakMeter meter = new();
        List<SoakUsage> usage = [];
        await using (SoakCluster cluster = new())
        {
            await Task.WhenAll(SoakCluster.All.Select(cluster.StartAsync));
            using CancellationTokenSource stop = new();
            SoakLoad load = new(cluster, meter, stop.Token);
            Task running = Task.WhenAll(Begin(load, new SoakAdministration(cluster, meter, stop.Token)));
            for (int part = 0; part < 8 && meter.Failures.Count == 0; part++)
            {
                await Task.WhenAny(running, Task.Delay(length / 8, CancellationToken.None));
                usage.Add(SoakUsage.Now());
            }

            await stop.CancelAsync();
            await running;
            RaftStatus agreed = await cluster.ConvergeAsync();
            load.Check(cluster.Leader!.State);
            output.WriteLine($"{length}: {agreed}");
        }

        output.WriteLine(meter.Summary);
        usage.ForEach(moment => output.WriteLine(moment.ToString()));
        Assert.Empty(meter.Failures);
        if (Campaign is not null)
        {
            AssertFlat(usage[2], usage[^1]);
        }
    }

    private static IEnumerable<Task> Begin(SoakLoad load, SoakAdministration administration)
    {
        for (int client = 0; client < SoakLoad.Writers; client++)
        {
            yield return Run(load.WriteAsync, client);
        }

        for (int client = SoakLoad.Writers; client < SoakLoad.Writers + SoakLoad.SessionWriters; client++)
        {
            yield return Run(load.WriteInSessionAsync, client);
        }

        for (int seed = 100; seed < 104; seed++)
        {
            yield return Run(load.ReadAsync, seed);
            yield return Run(administration.ChangeAsync, seed);
        }

        yield return Run(administration.TransferAsync, 200);
        yield return Run(administration.RestartAsync, 300);
    }

    private static Task Run(Func<int, Task> work, int number) => Task.Run(() => work(number));

    private static void AssertFlat(SoakUsage warm, SoakUsage last)
    {
        Assert.InRange(last.ManagedBytes, 0, (2 * warm.ManagedBytes) + (64 << 20));
        Assert.InRange(last.Handles, 0, warm.Handles + 64);
        Assert.InRange(last.Threads, 0, warm.Threads + 32);
    }
}
