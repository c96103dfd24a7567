using System;
using RaftEngine.Storage;

namespace RaftEngine.Simulate.Simulation;

/// <summary>When each stage has its turn.</summary>
internal sealed partial class NodeLife
{
    /// <summary>Sees to it that whatever has work gets its turn.</summary>
    public void Settle()
    {
        if (!IsAlive)
        {
            return;
        }

        long now = _cluster.Agenda.Now;
        Due(Stage.Loop, _replica.HasWork || _wantsBatch ? now + Little() : Node.Clock.TrueTimeOf(_replica.NextDeadline));
        if (_syncStage.HasWork && _due[(int)Stage.Sync] == long.MaxValue)
        {
            Node.Disk.Image.Foresee(); // a real sync begins now, and vouches for nothing that is written until it ends
            Due(Stage.Sync, now + Node.SyncTicks());
        }

        if (_applyStage.HasWork && _due[(int)Stage.Apply] == long.MaxValue)
        {
            Due(Stage.Apply, now + Node.ApplyTicks() + Little());
        }

        if (_snapshotStage.HasWork && _due[(int)Stage.Snapshot] == long.MaxValue)
        {
            Due(Stage.Snapshot, now + Node.SyncTicks() + Little());
        }

        if (!_transferStage.FromLoop.IsEmpty)
        {
            Due(Stage.Transfer, now + Little());
        }
    }

    /// <summary>Time that the disk takes, in ticks: the loop waits where it syncs by itself.</summary>
    public void OnSynced()
    {
        if (_isLoopRunning)
        {
            BusyTicks += Node.SyncTicks();
        }
    }

    private void Due(Stage stage, long at)
    {
        at = Math.Max(at, _cluster.Agenda.Now);
        if (at < _due[(int)stage])
        {
            _due[(int)stage] = at;
            _cluster.Agenda.At(at, _turns[(int)stage]);
        }
    }

    private void TakeTurn(Stage stage)
    {
        long now = _cluster.Agenda.Now;
        if (!IsAlive || _due[(int)stage] != now)
        {
            return; // of a life that has ended, or put off, or had before
        }

        _due[(int)stage] = long.MaxValue;
        long mayRunAt = Math.Max(Node.PausedUntil, stage == Stage.Loop ? _busyUntil : 0);
        if (mayRunAt > now)
        {
            HoldBatch(stage, now);
            Due(stage, mayRunAt + Little());
            return;
        }

        Run(() => Work(stage));
    }

    // A pause may come between the loop's look at the clock and the batch's work. The batch takes what arrives meanwhile.
    private void HoldBatch(Stage stage, long now)
    {
        if (stage == Stage.Loop && Node.PausedUntil > now && _batchTime is null && _draw.Chance(0.5))
        {
            _batchTime = Now;
        }
    }

    private void ScheduleBackground(Action job) => _cluster.Agenda.In(Node.SyncTicks() + Little(), () => RunBackground(job));

    private void RunBackground(Action job)
    {
        if (!IsAlive)
        {
            return;
        }

        if (Node.PausedUntil > _cluster.Agenda.Now)
        {
            _cluster.Agenda.At(Node.PausedUntil + Little(), () => RunBackground(job));
            return;
        }

        Run(job);
    }

    // Whatever a node throws ends it, as in a real one. What it may throw, the cluster knows.
    private void Run(Action work)
    {
        Exception? failure = null;
        try
        {
            work();
        }
        catch (ViolationException)
        {
            throw;
        }
#pragma warning disable CA1031 // A node that fails is an event like others; whether it was allowed to is judged there.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            failure = exception;
        }

        failure ??= _stageFailure;
        if (failure is not null || Node.DiesNow)
        {
            _cluster.OnNodeFailed(this, failure ?? new ProcessDiedException());
            return;
        }

        EndCalls();
        RequireEnds();
        Settle();
    }

    private void Work(Stage stage)
    {
        switch (stage)
        {
            case Stage.Loop:
                RunBatch();
                break;
            case Stage.Sync:
                Node.Disk.Image.AsForeseen(_syncStage.Work);
                break;
            case Stage.Apply:
                _applyStage.Work();
                break;
            case Stage.Snapshot:
                _snapshotStage.Work();
                break;
            case Stage.Transfer:
                Due(Stage.Transfer, Node.Clock.TrueTimeOf(_transferStage.Work(Now)));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(stage), stage, null);
        }
    }

    private void RunBatch()
    {
        _wantsBatch = false;
        _isLoopRunning = true;
        BusyTicks = 0;
        try
        {
            _cluster.Tally.Count(FaultKind.LateBatch, IsInBatch);
            _replica.RunBatch(_batchTime ?? Now);
        }
        finally
        {
            _isLoopRunning = false;
            _batches++;
            _batchTime = null;
        }

        _busyUntil = _cluster.Agenda.Now + BusyTicks;
        if (!Node.DiesNow)
        {
            _cluster.Invariants.Check(this);
        }
    }

    private long Little() => 100 + _draw.Below(_cluster.Plan.MeanDelay.Ticks / 8);
}
