using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Log;
using Xunit;

namespace RaftEngine.Tests.Log;

public class BackgroundWorkTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public void A_job_that_throws_is_told_and_the_next_ones_run()
    {
        List<Exception> failures = [];
        BackgroundWork work = new(TaskScheduler.Default, failures.Add);
        using ManualResetEventSlim ran = new();

        work.Run(static () => throw new NotSupportedException("unexpected"));
        work.Run(static () => throw new InvalidCastException("unexpected"));
        work.Run(ran.Set);
        Assert.True(ran.Wait(Patience));
        work.Finish();
        ran.Reset();
        work.Run(ran.Set);

        Assert.True(ran.Wait(Patience));
        Assert.Equal(["unexpected", "unexpected"], failures.ConvertAll(static failure => failure.Message));
    }

    [Fact]
    public void An_interrupt_while_it_is_waited_for_a_job_comes_after_the_wait()
    {
        BackgroundWork work = new(TaskScheduler.Default, static _ => { });
        using ManualResetEventSlim begun = new(), go = new();
        bool hasEnded = false, isInterrupted = false;
        work.Run(() =>
        {
            begun.Set();
            go.Wait();
            hasEnded = true;
        });
        Assert.True(begun.Wait(Patience));
        bool sawEnd = false;
        Thread lent = new(() =>
        {
            work.Finish();
            sawEnd = hasEnded;
            isInterrupted = Record.Exception(static () => Thread.Sleep(Patience)) is ThreadInterruptedException;
        });
        lent.Start();
        Assert.True(SpinWait.SpinUntil(() => lent.ThreadState.HasFlag(ThreadState.WaitSleepJoin), Patience));
        lent.Interrupt();
        lent.Interrupt();
        go.Set();

        Assert.True(lent.Join(Patience));
        Assert.True(sawEnd && isInterrupted);
    }
}
