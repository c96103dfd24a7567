using System;
using System.Net.Sockets;

namespace RaftEngine.Transport;

/// <summary>Wakes the connections now and then, so that those under TLS see how old they have become. The poll
/// thread.</summary>
internal sealed class AgeTimer(TransportContext context) : Polled
{
    private readonly double _milliseconds = context.Tls!.MaxConnectionAge.TotalMilliseconds / 20;

    public override Socket Socket => throw new NotSupportedException("It watches no socket.");

    public override void OnWake()
    {
        if (Due == long.MaxValue)
        {
            context.Poll.ScheduleIn(this, _milliseconds);
        }
    }

    public override void OnReady(PollEvents events)
    {
    }

    public override void OnDue()
    {
        context.Poll.ScheduleIn(this, _milliseconds);
        context.Poll.Wake();
    }

    public override void OnFault(Exception exception) => TransportLog.Unforeseen(context.Logger, exception, 0);

    public override void OnStop() => context.Poll.Leave(this);
}
