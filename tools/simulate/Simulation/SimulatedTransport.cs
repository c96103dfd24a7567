using System;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Protocol;

namespace RaftEngine.Simulate.Simulation;

/// <summary>One life's end of the network.</summary>
internal sealed class SimulatedTransport(NodeLife life, SimulatedNetwork network, Invariants invariants) : IRaftTransport
{
    public ValueTask StartAsync(RaftIdentity identity, IRaftReceiver receiver, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public bool Send(in Message message, ReadOnlySpan<byte> body)
    {
        invariants.OnSent(life, in message);
        return network.Send(in message, body, life.BusyTicks);
    }

    public void Flush()
    {
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
