using System;
using System.Net.Sockets;

namespace RaftEngine.Transport;

/// <summary>Accepts the connections of other nodes.</summary>
internal sealed class Listener(TransportContext context, Socket socket, Func<ulong, Peer?> findPeer, IncomingConnections registry) : Polled
{
    private const int RetryMilliseconds = 20;

    public override Socket Socket { get; } = socket;

    public override void OnWake() => WatchAgain();

    public override void OnReady(PollEvents events)
    {
        Socket accepted;
        try
        {
            accepted = Socket.Accept();
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.WouldBlock)
        {
            return; // It was gone before it was looked at.
        }

        try
        {
            TcpSockets.Configure(accepted, context.Options);
            IncomingConnection connection = new(context, findPeer, registry, accepted);
            if (registry.TryAdmit(connection))
            {
                connection.Begin();
                return;
            }
        }
        catch (SocketException exception)
        {
            TransportLog.AcceptFailed(context.Logger, exception.Message); // As above.
        }

        accepted.Dispose();
    }

    public override void OnDue() => WatchAgain();

    public override void OnFault(Exception exception)
    {
        // No descriptors left, say. It may pass; the wait keeps it from becoming a spin.
        TransportLog.AcceptFailed(context.Logger, exception.Message);
        context.Poll.Unwatch(this);
        context.Poll.ScheduleIn(this, RetryMilliseconds);
    }

    public override void OnStop()
    {
        context.Poll.Leave(this);
        Socket.Dispose();
    }

    private void WatchAgain()
    {
        if (Due == long.MaxValue)
        {
            context.Poll.Watch(this, PollEvents.Readable);
        }
    }
}
