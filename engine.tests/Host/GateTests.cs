using System;
using System.Threading;
using RaftEngine.Host;
using Xunit;

namespace RaftEngine.Tests.Host;

public class GateTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public void A_thread_that_is_interrupted_at_the_gate_enters_all_the_same_and_is_interrupted_afterwards()
    {
        Gate gate = new();
        bool hasEntered = false, isInterrupted = false;
        Thread host = new(() =>
        {
            using (gate.Enter())
            {
                hasEntered = true;
            }

            isInterrupted = Record.Exception(static () => Thread.Sleep(Patience)) is ThreadInterruptedException;
        });
        using (gate.Enter())
        {
            host.Start();
            Assert.True(SpinWait.SpinUntil(() => host.ThreadState.HasFlag(ThreadState.WaitSleepJoin), Patience));
            host.Interrupt();
            Thread.Sleep(20);
            Assert.False(hasEntered);
        }

        Assert.True(host.Join(Patience));
        Assert.True(hasEntered && isInterrupted);
    }

    [Fact]
    public void A_wait_that_is_interrupted_says_so_inside_of_the_gate()
    {
        Gate gate = new();
        bool isInterrupted = false, isInside = false;
        Thread host = new(() =>
        {
            using (gate.Enter())
            {
                isInterrupted = gate.Wait();
                isInside = Monitor.IsEntered(gate);
            }
        });
        host.Start();
        Assert.True(SpinWait.SpinUntil(() => host.ThreadState.HasFlag(ThreadState.WaitSleepJoin), Patience));
        host.Interrupt();
        Assert.True(host.Join(Patience));
        Assert.True(isInterrupted && isInside);
    }
}
