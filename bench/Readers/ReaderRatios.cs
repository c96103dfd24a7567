using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Bench.Cluster;
using RaftEngine.Bench.Measuring;
using RaftEngine.Samples.Kv.Measuring;

namespace RaftEngine.Bench.Readers;

/// <summary>
/// The throughput of 256 callers while a reader follows the leader's log, by that without a reader; and how long after the
/// leader's state machine the reader sees a command. The two take turns.
/// </summary>
internal sealed class ReaderRatios(Workspace workspace, Effort effort)
{
    private const int Callers = 256;
    private const int CommandBytes = 256;
    private const int FullRounds = 9;

    private readonly TimeSpan _turn = TimeSpan.FromSeconds(effort.IsQuick ? 0.5 : 3);
    private LatencyHistogram _lags = new();
    private readonly Dictionary<ulong, StampedState> _states = [];
    private long _read;

    /// <summary>Measures.</summary>
    public async Task<IReadOnlyList<Row>> MeasureAsync()
    {
        ClusterShape shape = new(3, Durability.Fsync, TransportKind.Tcp, RunsInline: false, ClusterShape.DefaultProposalQueueBytes)
        {
            NewState = id => _states[id] = new StampedState(),
        };
        LoadedCluster cluster = await LoadedCluster.StartAsync(shape, workspace).ConfigureAwait(false);
        await using (cluster.ConfigureAwait(false))
        {
            await cluster.FillAsync().ConfigureAwait(false);
            await MeasureAsync(cluster, reads: true).ConfigureAwait(false); // so that everything has been compiled as it will be
            (_lags, _read) = (new LatencyHistogram(), 0);
            List<double> with = [];
            List<double> without = [];
            for (int i = 0; i < 2 * effort.Rounds(FullRounds); i++)
            {
                bool reads = i % 4 is 1 or 2; // which comes first changes from round to round
                (reads ? with : without).Add(await MeasureAsync(cluster, reads).ConfigureAwait(false));
            }

            return
            [
                Rounds.Of(with, without).OursByBaseline($"{Callers} callers, commands a second", "k/s", 0.95, Row.AtLeast),
                Lag("p50", 0.5, null),
                Lag("p99", 0.99, 1),
            ];
        }

        Row Lag(string name, double quantile, double? goal)
        {
            double millis = _lags.PercentileMicros(quantile) / 1000;
            return new Row($"reader behind the state machine, {name} of {_read:N0} commands", millis, goal, goal is null ? null : Row.AtMost, millis, 1, "ms")
            {
                RatioIs = "seen / 1 ms",
            };
        }
    }

    private async Task<double> MeasureAsync(LoadedCluster cluster, bool reads)
    {
        byte[] command = new byte[CommandBytes];
        Recorder recorder = new();
        ClosedLoop<Applied<long>> load = new(() => cluster.Leader.ProposeAsync(command), cluster.FindLeader, Callers, recorder);
        await cluster.SettleAsync().ConfigureAwait(false);
        using CancellationTokenSource over = new();
        RaftNode<long> leader = cluster.Leader;
        Task reading = reads ? Task.Run(() => ReadAsync(leader, _states[leader.Status.NodeId], over.Token)) : Task.CompletedTask;
        load.Start();
        await Task.Delay(_turn / 5).ConfigureAwait(false);
        recorder.Begin();
        await Task.Delay(_turn).ConfigureAwait(false);
        recorder.End();
        await load.StopAsync().ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (reading.Exception is { } failure)
        {
            throw failure;
        }

        return recorder.Completed / _turn.TotalSeconds / 1000;
    }

    private async Task ReadAsync(RaftNode<long> node, StampedState state, CancellationToken over)
    {
        await foreach (CommittedCommand command in node.ReadCommittedAsync(node.Status.LastIndex + 1, cancellationToken: over).ConfigureAwait(false))
        {
            long appliedAt = state.AppliedAt(command.Index); // a reader may be ahead of the state machine
            _lags.Record(appliedAt == 0 ? TimeSpan.Zero : Stopwatch.GetElapsedTime(appliedAt));
            _read++;
        }
    }
}
