using System;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading;

namespace RaftEngine.Tests.Support;

/// <summary>
/// Stands before a node as a slow network does: what is sent to it passes at a rate, which all connections share and in which each has its turn. The way back is not held up.
/// </summary>
internal sealed class SlowLink : IDisposable
{
    private const int PieceBytes = 2 << 10;

    private readonly EndPoint _target;
    private readonly double _bytesPerSecond;
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly ConcurrentQueue<Socket> _sockets = [];
    private readonly SemaphoreSlim _turn = new(1);
    private long _freeAt;

    public SlowLink(EndPoint target, double bytesPerSecond)
    {
        _target = target;
        _bytesPerSecond = bytesPerSecond;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        EndPoint = _listener.LocalEndPoint!;
        Start(Accept);
    }

    /// <summary>Where it listens.</summary>
    public EndPoint EndPoint { get; }

    public void Dispose()
    {
        _listener.Dispose();
        foreach (Socket socket in _sockets)
        {
            socket.Dispose();
        }
    }

    private static void Start(Action action) => new Thread(() =>
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // An end has closed, or the test has ended.
        }
    })
    { Name = "slow link", IsBackground = true }.Start();

    private void Accept()
    {
        while (true)
        {
            Socket near = _listener.Accept();
            _sockets.Enqueue(near);
            Start(() => Connect(near));
        }
    }

    private void Connect(Socket near)
    {
        Socket far = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _sockets.Enqueue(far);
        try
        {
            far.Connect(_target);
        }
        catch (SocketException)
        {
            near.Dispose();
            throw;
        }

        near.NoDelay = far.NoDelay = true;
        near.ReceiveBufferSize = 16 << 10; // what waits, waits at the sender
        Start(() => Copy(near, far, slowly: true));
        Copy(far, near, slowly: false);
    }

    private void Copy(Socket from, Socket to, bool slowly)
    {
        try
        {
            byte[] bytes = new byte[slowly ? PieceBytes : 64 << 10];
            for (int received; (received = from.Receive(bytes)) > 0;)
            {
                if (slowly)
                {
                    WaitFor(received);
                }

                to.Send(bytes.AsSpan(0, received));
            }
        }
        finally
        {
            from.Dispose();
            to.Dispose();
        }
    }

    // Each piece occupies the link for its time; connections take turns because one that has just been served queues up behind those that wait.
    private void WaitFor(int bytes)
    {
        _turn.Wait();
        try
        {
            long now = Stopwatch.GetTimestamp();
            _freeAt = Math.Max(_freeAt, now) + (long)(bytes / _bytesPerSecond * Stopwatch.Frequency);
            if (_freeAt - now > Stopwatch.Frequency / 500)
            {
                Thread.Sleep(Stopwatch.GetElapsedTime(now, _freeAt));
            }
        }
        finally
        {
            _turn.Release();
        }
    }
}
