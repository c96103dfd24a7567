using System;
using System.Diagnostics;
using System.Threading;
using RaftEngine.Diagnostics;
using Microsoft.Extensions.Logging;

namespace RaftEngine.Pipeline;

/// <summary>Lends a <see cref="Replica"/> its thread and the node's only clock, and publishes its status after each batch.</summary>
internal sealed class NodeLoop
{
    /// <summary>How long an orderly stop waits for what has been accepted to be committed and applied.</summary>
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(1);

    private readonly Replica _replica;
    private readonly Inbox _inbox;
    private readonly StatusCell _status;
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private readonly Action _ended;

    private int _stopRequest;               // 0: run, 1: drain, then stop, 2: stop now
    private Exception? _failure;            // what the loop itself met, its last act
    private Exception? _failureElsewhere;   // another stage failed: any stage writes it, once

    /// <summary>A loop; call <see cref="Start"/>.</summary>
    /// <param name="replica">The replica to run.</param>
    /// <param name="inbox">Its inbox.</param>
    /// <param name="status">Where its status goes.</param>
    /// <param name="logger">Where role changes are told.</param>
    /// <param name="ended">Called on the loop's thread when it has ended, for whatever reason.</param>
    /// <param name="name">The thread's name.</param>
    public NodeLoop(Replica replica, Inbox inbox, StatusCell status, ILogger logger, Action ended, string name)
    {
        _replica = replica;
        _inbox = inbox;
        _status = status;
        _logger = logger;
        _ended = ended;
        _thread = new Thread(Run) { Name = name, IsBackground = true };
    }

    /// <summary>What stopped the loop, or failed in another stage since; null if the node was stopped in order. Read it after the loop has ended.</summary>
    public Exception? Failure => _failure ?? Volatile.Read(ref _failureElsewhere);

    /// <summary>The node's monotonic clock.</summary>
    public static TimeSpan Now => Stopwatch.GetElapsedTime(0);

    public void Start() => _thread.Start();

    /// <summary>Asks the loop to end. Any thread.</summary>
    /// <param name="drain">Whether to wait, for a bounded time, for what has been accepted.</param>
    public void Stop(bool drain)
    {
        int request = drain ? 1 : 2;
        int before = Volatile.Read(ref _stopRequest);
        while (before < request)
        {
            before = Interlocked.CompareExchange(ref _stopRequest, request, before);
        }

        _inbox.Wakeup.Wake();
    }

    /// <summary>Ends the loop because another stage of the node failed. Any thread.</summary>
    /// <param name="failure">What happened there.</param>
    public void Fail(Exception failure)
    {
        Interlocked.CompareExchange(ref _failureElsewhere, failure, null);
        Stop(drain: false);
    }

    /// <summary>Waits until the loop has ended.</summary>
    public void Join() => _thread.Join();

    private void Run()
    {
        try
        {
            RunBatches();
        }
#pragma warning disable CA1031 // Fail-stop: whatever it is, the node ends, and says why.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _failure = exception;
        }

        _ended();
    }

    private void RunBatches()
    {
        TimeSpan drainDeadline = TimeSpan.MaxValue;
        RaftStatus last = default;
        while (true)
        {
            TimeSpan now = Now;
            _replica.RunBatch(now);
            RaftStatus status = _replica.Status;
            _status.Publish(in status);
            TellChange(in last, in status);
            last = status;

            int stopRequest = Volatile.Read(ref _stopRequest);
            if (stopRequest != 0)
            {
                drainDeadline = drainDeadline == TimeSpan.MaxValue ? now + DrainTimeout : drainDeadline;
                if (stopRequest == 2 || _replica.IsDrained || now >= drainDeadline)
                {
                    return;
                }
            }

            if (!_replica.HasWork)
            {
                WaitForWork(draining: stopRequest != 0);
            }
        }
    }

    private void WaitForWork(bool draining)
    {
        _inbox.Wakeup.PrepareToWait();
        if (_replica.HasWork || (!draining && Volatile.Read(ref _stopRequest) != 0))
        {
            _inbox.Wakeup.CancelWait();
            return;
        }

        TimeSpan wait = _replica.NextDeadline - Now;
        TimeSpan most = TimeSpan.FromMilliseconds(draining ? 1 : 1000);
        if (wait <= TimeSpan.Zero)
        {
            _inbox.Wakeup.CancelWait();
            return;
        }

        _inbox.Wakeup.Wait(wait < most ? wait : most);
    }

    private void TellChange(in RaftStatus before, in RaftStatus after)
    {
        if (before.Role != after.Role || before.Term != after.Term || before.LeaderId != after.LeaderId)
        {
            NodeMessages.RoleChanged(_logger, after.NodeId, after.Role, after.Term, after.LeaderId);
        }

        if (after.IsSuperseded && !before.IsSuperseded)
        {
            NodeMessages.Superseded(_logger, after.NodeId);
        }

        if (after.IsLogFull && !before.IsLogFull)
        {
            NodeMessages.LogFull(_logger, after.NodeId, after.LastIndex);
        }
        else if (before.IsLogFull && !after.IsLogFull)
        {
            NodeMessages.LogHasRoom(_logger, after.NodeId);
        }
    }
}
