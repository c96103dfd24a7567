using System;
using System.Diagnostics;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Bench.Peers;
using RaftEngine.Tests.Support;

namespace RaftEngine.Tests.Samples.Redis;

/// <summary>A redis-server that keeps nothing on disk, for replies to compare with.</summary>
internal sealed class RedisServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly int _port;

    private RedisServerProcess(Process process, int port)
    {
        _process = process;
        _port = port;
    }

    public static async Task<RedisServerProcess> StartAsync()
    {
        int port = FreePorts.Take(1)[0];
        ProcessStartInfo start = new(Executable.Find("redis-server")!) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])["--port", $"{port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", Path.GetTempPath()])
        {
            start.ArgumentList.Add(argument);
        }

        RedisServerProcess server = new(Process.Start(start)!, port);
        server._process.BeginOutputReadLine();
        server._process.BeginErrorReadLine();
        await Eventually.True(async () => await server.IsServingAsync(), () => "redis-server serves");
        return server;
    }

    /// <summary>Sends bytes on a connection of its own, ends it, and reads to the end.</summary>
    public async Task<string> AskAsync(string text)
    {
        using CancellationTokenSource patience = new(Patience);
        using TcpClient client = new() { NoDelay = true };
        await client.ConnectAsync(IPAddress.Loopback, _port, patience.Token);
        NetworkStream stream = client.GetStream();
        StringBuilder replies = new();
        try
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(text), patience.Token);
            client.Client.Shutdown(SocketShutdown.Send);
            using StreamReader reader = new(stream, Encoding.Latin1);
            char[] read = new char[4096];
            for (int length; (length = await reader.ReadAsync(read, patience.Token)) > 0;)
            {
                replies.Append(read, 0, length);
            }
        }
        catch (IOException)
        {
            // It has closed the connection while more came: what it has answered is here.
        }

        return replies.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task<bool> IsServingAsync()
    {
        try
        {
            return await AskAsync("PING\r\n") == "+PONG\r\n";
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
