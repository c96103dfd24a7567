using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using System.Threading;

namespace RaftEngine.Bench.Measuring;

/// <summary>
/// Stands between two nodes as a slow network does: listens on loopback, connects each client to the node itself, and
/// passes bytes on after the delay of its <see cref="Link"/>. What is read at a time t is written at t and the delay
/// drawn for it, and not before what came before it. It makes no use of the kernel's means of delaying packets, which
/// need privileges and a kernel that has them.
/// </summary>
internal sealed class DelayingProxy : IDisposable
{
    private readonly EndPoint _target;
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<DelayedConnection> _connections = []; // the accepting thread's until it has ended
    private readonly Thread _thread;

    /// <summary>Begins to listen.</summary>
    /// <param name="target">Where it leads to.</param>
    /// <exception cref="PlatformNotSupportedException">This is not Linux.</exception>
    public DelayingProxy(EndPoint target)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new PlatformNotSupportedException("Links are delayed on Linux only.");
        }

        _target = target;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        EndPoint = _listener.LocalEndPoint!;
        _thread = new Thread(Run) { Name = "delaying proxy", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Where it listens.</summary>
    public EndPoint EndPoint { get; }

    /// <summary>What it stands for.</summary>
    public Link Link { get; } = new();

    /// <summary>Ends it, and every connection through it.</summary>
    public void Dispose()
    {
        _listener.Dispose();
        _thread.Join();
        _connections.ForEach(static connection => connection.Stop());
        _connections.ForEach(static connection => connection.Join());
    }

    private void Run()
    {
        while (true)
        {
            Socket near;
            try
            {
                near = _listener.Accept();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return; // disposed of
            }

            _connections.RemoveAll(static connection => !connection.IsAlive);
            Socket far = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                far.Connect(_target);
                _connections.Add(new DelayedConnection(near, far, Link));
            }
            catch (SocketException)
            {
                near.Dispose(); // no one is there: who has dialed dials again
                far.Dispose();
            }
        }
    }
}
