using System;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Protocol;
using RaftEngine.Transport;

namespace RaftEngine.Tests.Transport;

/// <summary>A socket that says what it is told to: the other end of a transport under test.</summary>
internal sealed class RawPeer(Socket socket) : IDisposable
{
    public Socket Socket { get; } = socket;

    public static async Task<RawPeer> DialAsync(EndPoint endPoint)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(endPoint).WaitAsync(RecordingReceiver.Deadline);
        return new RawPeer(socket);
    }

    public static byte[] Hello(
        RaftIdentity identity, ulong addressedId, HelloOutcome outcome = HelloOutcome.Dialing, ushort version = FrameFormat.Version, Lane lane = Lane.Ordinary)
    {
        byte[] bytes = new byte[HelloFormat.Bytes];
        HelloFormat.Write(bytes, new Hello(version, outcome, identity, addressedId, lane));
        return bytes;
    }

    public static byte[] Frame(in Message message, byte[] body, Guid? clusterId = null, ulong groupId = Sample.Group)
    {
        byte[] bytes = new byte[FrameFormat.HeaderBytes + body.Length];
        FrameFormat.Write(bytes, in message, clusterId ?? Sample.Cluster, groupId, body.Length);
        body.CopyTo(bytes, FrameFormat.HeaderBytes);
        return bytes;
    }

    public async Task SendAsync(byte[] bytes) => await Socket.SendAsync(bytes).WaitAsync(RecordingReceiver.Deadline);

    public async Task<Hello> ReceiveHelloAsync()
    {
        byte[] bytes = await ReceiveAsync(HelloFormat.Bytes);
        return HelloFormat.TryRead(bytes, out Hello hello, out _) ? hello : throw new InvalidDataException("Not a hello.");
    }

    /// <summary>Receives exactly as many bytes as asked for.</summary>
    public async Task<byte[]> ReceiveAsync(int count)
    {
        using CancellationTokenSource deadline = new(RecordingReceiver.Deadline);
        byte[] bytes = new byte[count];
        for (int received = 0, now; received < count; received += now)
        {
            now = await Socket.ReceiveAsync(bytes.AsMemory(received), deadline.Token);
            if (now == 0)
            {
                throw new EndOfStreamException("The other end closed the connection.");
            }
        }

        return bytes;
    }

    public async Task<Hello> GreetAsync(RaftIdentity identity, ulong addressedId, Lane lane = Lane.Ordinary)
    {
        await SendAsync(Hello(identity, addressedId, lane: lane));
        return await ReceiveHelloAsync();
    }

    /// <summary>Waits until the other end has closed; nothing may come before that.</summary>
    public async Task ClosedAsync()
    {
        try
        {
            int received = await Socket.ReceiveAsync(new byte[1]).WaitAsync(RecordingReceiver.Deadline);
            if (received != 0)
            {
                throw new InvalidDataException("The other end said something instead of closing.");
            }
        }
        catch (SocketException)
        {
            // Closed with a reset: closed all the same.
        }
    }

    /// <summary>Sends byte after byte, slowly, until the other end has closed.</summary>
    public async Task DripUntilClosedAsync(byte[] bytes)
    {
        Task closed = ClosedAsync();
        try
        {
            for (int i = 0; i < bytes.Length && !closed.IsCompleted; i++)
            {
                await Socket.SendAsync(bytes.AsMemory(i, 1));
                await Task.WhenAny(closed, Task.Delay(20));
            }
        }
        catch (SocketException)
        {
            // Closed while sending.
        }

        await closed;
    }

    public void Dispose() => Socket.Dispose();
}
