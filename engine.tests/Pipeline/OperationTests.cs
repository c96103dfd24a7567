using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Pipeline;
using Xunit;

namespace RaftEngine.Tests.Pipeline;

public class OperationTests
{
    [Fact]
    public async Task A_result_reaches_the_awaiter_and_the_operation_is_used_again()
    {
        OperationPool<long> pool = new(1, runContinuationsAsynchronously: true);
        for (int i = 0; i < 1000; i++)
        {
            Operation<long> operation = pool.TryRent()!;
            ValueTask<long> wait = new(operation, operation.Version);
            Assert.Null(pool.TryRent());
            ThreadPool.QueueUserWorkItem(_ => operation.CompleteHere(i));
            Assert.Equal(i, await wait);
        }
    }

    [Fact]
    public async Task The_first_end_counts()
    {
        OperationPool<long> pool = new(1, runContinuationsAsynchronously: false);
        Operation<long> operation = pool.TryRent()!;
        operation.Fail(new NotLeaderException(3));
        operation.CompleteHere(1);

        NotLeaderException failure = await Assert.ThrowsAsync<NotLeaderException>(async () => await new ValueTask<long>(operation, operation.Version));
        Assert.Equal(3UL, failure.LeaderId);
        Assert.NotNull(pool.TryRent());
    }

    [Fact]
    public async Task A_cancelled_wait_ends_at_once_but_the_operation_stays_in_use_until_the_pipeline_ends_it()
    {
        OperationPool<long> pool = new(1, runContinuationsAsynchronously: true);
        Operation<long> operation = pool.TryRent()!;
        using CancellationTokenSource source = new();
        operation.CancelWaitOn(source.Token);
        ValueTask<long> wait = new(operation, operation.Version);
        await source.CancelAsync();

        await Assert.ThrowsAsync<OperationCanceledException>(async () => await wait);
        Assert.Null(pool.TryRent());
        operation.CompleteHere(1);
        Assert.NotNull(pool.TryRent());
    }

    [Fact]
    public async Task A_second_await_of_one_use_fails_and_does_no_harm()
    {
        OperationPool<long> pool = new(1, runContinuationsAsynchronously: false);
        Operation<long> operation = pool.TryRent()!;
        ValueTask<long> wait = new(operation, operation.Version);
        operation.CompleteHere(1);
        Assert.Equal(1, await wait);

        Assert.Throws<InvalidOperationException>(() => operation.GetResult(0));
        Assert.NotNull(pool.TryRent());
        Assert.Null(pool.TryRent());
    }

    [Fact]
    public async Task A_result_that_is_never_taken_keeps_no_place_and_its_object_is_garbage()
    {
        OperationPool<long> pool = new(2, runContinuationsAsynchronously: false);
        List<WeakReference> lost = [];
        for (int i = 0; i < 100; i++)
        {
            lost.Add(Lose(pool, i));
            Assert.Equal(0, pool.InUse);
        }

        // Errors are told on the thread pool, which has them until then; and the last operation may still be in a register.
        await Support.Eventually.True(
            () =>
            {
                GC.Collect();
                return lost.Count(static reference => reference.IsAlive) <= 1;
            },
            "they are garbage");
        Assert.NotNull(pool.TryRent());
        Assert.NotNull(pool.TryRent());
        Assert.Null(pool.TryRent());
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static WeakReference Lose(OperationPool<long> pool, int i)
    {
        Operation<long> operation = pool.TryRent()!;
        if (i % 2 == 0)
        {
            operation.CompleteHere(i);
        }
        else
        {
            operation.Fail(new NotLeaderException(0));
        }

        return new WeakReference(operation);
    }

    [Fact]
    public async Task Callers_that_race_for_a_small_pool_never_exceed_it_and_all_get_their_own_result()
    {
        const int Capacity = 8;
        OperationPool<long> pool = new(Capacity, runContinuationsAsynchronously: true);
        int inUse = 0;
        int most = 0;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(async () =>
        {
            for (int i = 0; i < 20_000; i++)
            {
                Operation<long>? operation = pool.TryRent();
                if (operation is null)
                {
                    await Task.Yield();
                    continue;
                }

                int now = Interlocked.Increment(ref inUse);
                InterlockedMax(ref most, now);
                long expected = (worker * 1_000_000L) + i;
                ValueTask<long> wait = new(operation, operation.Version);
                Interlocked.Decrement(ref inUse);
                operation.CompleteHere(expected);
                Assert.Equal(expected, await wait);
            }
        })));

        Assert.InRange(most, 1, Capacity);
    }

    [Fact]
    public void Pending_proposals_are_found_by_index_once()
    {
        OperationPool<long> pool = new(4, runContinuationsAsynchronously: false);
        PendingProposals pending = new(4);
        List<Operation<long>> operations = [];
        for (long index = 10; index < 14; index++)
        {
            Operation<long> operation = pool.TryRent()!;
            operation.Index = index;
            Assert.True(pending.HasRoomAt(index));
            pending.Add(operation);
            operations.Add(operation);
        }

        Assert.False(pending.HasRoomAt(18)); // shares its place with 10
        Assert.Null(pending.Take(18));
        Assert.Same(operations[0], pending.Take(10));
        Assert.Null(pending.Take(10));
        Assert.True(pending.HasRoomAt(18));
    }

    [Fact]
    public async Task Losing_leadership_ends_the_uncommitted_proposals_only()
    {
        OperationPool<long> pool = new(4, runContinuationsAsynchronously: false);
        PendingProposals pending = new(4);
        List<ValueTask<long>> waits = [];
        for (long index = 1; index <= 3; index++)
        {
            Operation<long> operation = pool.TryRent()!;
            operation.Index = index;
            pending.Add(operation);
            waits.Add(new ValueTask<long>(operation, operation.Version));
        }

        pending.FailAbove(1);

        Assert.False(waits[0].IsCompleted);
        OutcomeUnknownException unknown = await Assert.ThrowsAsync<OutcomeUnknownException>(async () => await waits[1]);
        Assert.Equal(2, unknown.Index);
        await Assert.ThrowsAsync<OutcomeUnknownException>(async () => await waits[2]);
        Assert.NotNull(pending.Take(1));
    }

    [Fact]
    public async Task A_result_taken_too_early_is_an_error_that_does_no_harm()
    {
        OperationPool<long> pool = new(1, runContinuationsAsynchronously: false);
        Operation<long> operation = pool.TryRent()!;
        ValueTask<long> wait = new(operation, operation.Version);

        Assert.Throws<InvalidOperationException>(() => operation.GetResult(operation.Version));
        operation.CompleteHere(1);

        Assert.Equal(1, await wait);
        Assert.NotNull(pool.TryRent());
    }

    [Fact]
    public void The_canceling_thread_does_not_run_the_continuation_if_it_belongs_on_the_pool()
    {
        OperationPool<long> pool = new(1, runContinuationsAsynchronously: true);
        Operation<long> operation = pool.TryRent()!;
        using CancellationTokenSource source = new();
        operation.CancelWaitOn(source.Token);

        Assert.NotEqual(Environment.CurrentManagedThreadId, ThreadOfContinuation(operation, source.Cancel));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_error_never_runs_its_continuation_on_the_thread_that_tells_of_it(bool runContinuationsAsynchronously)
    {
        OperationPool<long> pool = new(1, runContinuationsAsynchronously);
        Operation<long> operation = pool.TryRent()!;

        Assert.NotEqual(Environment.CurrentManagedThreadId, ThreadOfContinuation(operation, () => operation.Fail(new NotLeaderException(0))));
    }

    [Fact]
    public void A_result_runs_its_continuation_at_once_if_it_may()
    {
        OperationPool<long> pool = new(1, runContinuationsAsynchronously: false);
        Operation<long> operation = pool.TryRent()!;

        Assert.Equal(Environment.CurrentManagedThreadId, ThreadOfContinuation(operation, () => operation.CompleteHere(1)));
    }

    [Fact]
    public async Task Cancelling_and_completing_at_once_ends_every_wait_and_loses_no_operation()
    {
        const int Capacity = 4;
        OperationPool<long> pool = new(Capacity, runContinuationsAsynchronously: true);
        for (int round = 0; round < 5_000; round++)
        {
            Operation<long> operation = pool.TryRent()!;
            using CancellationTokenSource source = new();
            ValueTask<long> wait = new(operation, operation.Version);
            operation.CancelWaitOn(source.Token);
            Task completion = Task.Run(() => operation.CompleteHere(round));
            if (round % 2 == 0)
            {
                source.Cancel();
            }
            else
            {
                _ = Task.Run(source.Cancel);
            }

            try
            {
                Assert.Equal(round, await wait);
            }
            catch (OperationCanceledException)
            {
                // The other one was first.
            }

            await completion;
        }

        Assert.All(Enumerable.Range(0, Capacity), _ => Assert.NotNull(pool.TryRent()));
    }

    [Fact]
    public async Task Stopping_ends_a_proposal_that_a_slow_state_machine_left_far_behind()
    {
        OperationPool<long> pool = new(2, runContinuationsAsynchronously: false);
        PendingProposals pending = new(2);
        List<ValueTask<long>> waits = [];
        foreach (long index in new long[] { 1, 1002 })
        {
            // Committed at 1, then many entries of another leader, then leading again.
            Operation<long> operation = pool.TryRent()!;
            operation.Index = index;
            Assert.True(pending.HasRoomAt(index));
            pending.Add(operation);
            waits.Add(new ValueTask<long>(operation, operation.Version));
        }

        pending.FailAll(null);

        foreach (ValueTask<long> wait in waits)
        {
            await Assert.ThrowsAsync<OutcomeUnknownException>(() => wait.AsTask().WaitAsync(TimeSpan.FromSeconds(20)));
        }
    }

    private static int ThreadOfContinuation(Operation<long> operation, Action end)
    {
        using ManualResetEventSlim ran = new();
        int thread = 0;
        ValueTask<long> wait = new(operation, operation.Version);
        wait.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(() =>
        {
            thread = Environment.CurrentManagedThreadId;
            ran.Set();
        });
        end();
        Assert.True(ran.Wait(TimeSpan.FromSeconds(20)));
        return thread;
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen = Volatile.Read(ref target);
        while (value > seen)
        {
            int before = Interlocked.CompareExchange(ref target, value, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }
}
