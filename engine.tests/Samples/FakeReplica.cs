using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using RaftEngine.Samples.Kv.Server;
using RaftEngine.Samples.Kv.Store;

namespace RaftEngine.Tests.Samples;

/// <summary>A replica that commits when the test says so, or at once, and fails as the test says.</summary>
internal sealed class FakeReplica : IKvReplica
{
    private readonly Queue<(byte[] Command, TaskCompletionSource<Applied<KvResult>> Result)> _proposed = [];
    private long _index;

    public RaftStatus Status { get; set; } = new() { NodeId = 1, LeaderId = 1, Role = RaftRole.Leader, Term = 7, Fingerprint = 0xABC };

    public KvStateMachine Store { get; } = new();

    /// <summary>Whether proposals wait for <see cref="CommitAll"/>.</summary>
    public bool HoldsBack { get; init; }

    public bool Forwards { get; init; } = true;

    /// <summary>The log's time that this replica tells as a leader, in milliseconds; the calendar begins at 1,000,000
    /// s.</summary>
    public long Elapsed { get; set; } = 1;

    /// <summary>What proposals and barriers fail with.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Whether the failure is thrown by the call itself rather than by its task.</summary>
    public bool ThrowsAtOnce { get; init; }

    public int Barriers { get; private set; }

    public int LongestCommand { get; private set; }

    public int Waiting
    {
        get
        {
            lock (_proposed)
            {
                return _proposed.Count;
            }
        }
    }

    public ValueTask<Applied<KvResult>> ProposeAsync(ReadOnlySpan<byte> command)
    {
        if (Failure is not null)
        {
            return ThrowsAtOnce ? throw Failure : ValueTask.FromException<Applied<KvResult>>(Failure);
        }

        lock (_proposed)
        {
            LongestCommand = Math.Max(LongestCommand, command.Length);
            if (!HoldsBack)
            {
                return ValueTask.FromResult(Apply(command));
            }

            TaskCompletionSource<Applied<KvResult>> result = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _proposed.Enqueue((command.ToArray(), result));
            return new ValueTask<Applied<KvResult>>(result.Task);
        }
    }

    public KvStamp StampNow() => Status.Role == RaftRole.Leader ? new KvStamp(Status.Term, Elapsed, 1_000_000_000 + Elapsed) : default;

    public ValueTask ReadBarrierAsync()
    {
        Barriers++;
        return Failure is null ? ValueTask.CompletedTask : ValueTask.FromException(Failure);
    }

    public void CommitAll()
    {
        lock (_proposed)
        {
            while (_proposed.TryDequeue(out (byte[] Command, TaskCompletionSource<Applied<KvResult>> Result) next))
            {
                next.Result.SetResult(Apply(next.Command));
            }
        }
    }

    private Applied<KvResult> Apply(ReadOnlySpan<byte> command) => new(++_index, Status.Term, Store.Apply(command, Status.Term));
}
