using System.Threading;

namespace RaftEngine.Tests.Support;

/// <summary>Applies nothing until a test lets it.</summary>
internal sealed class GatedStateMachine : IStateMachine<long>
{
    private long _applied;

    public ManualResetEventSlim Gate { get; } = new();

    public long Applied => Interlocked.Read(ref _applied);

    public long Apply(in LogEntry entry)
    {
        Gate.Wait();
        return Interlocked.Increment(ref _applied);
    }
}
