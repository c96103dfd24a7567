using System;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace RaftEngine.Tests.Samples;

/// <summary>A plain client over a socket. Replies are shown as one line each: errors with their minus, null as
/// (nil).</summary>
internal sealed class RespClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TcpClient _socket = new() { NoDelay = true };
    private readonly CancellationTokenSource _patience = new(Patience);
    private StreamReader? _reader;

    private RespClient()
    {
    }

    public static async Task<RespClient> ConnectAsync(int port)
    {
        RespClient client = new();
        await client._socket.ConnectAsync(IPAddress.Loopback, port, client._patience.Token);
        client._reader = new StreamReader(client._socket.GetStream(), Encoding.Latin1);
        return client;
    }

    public async Task<string> AskAsync(string request)
    {
        await SendAsync(request + "\r\n");
        return await ReadReplyAsync();
    }

    public async Task SendAsync(string text) => await _socket.GetStream().WriteAsync(Encoding.Latin1.GetBytes(text), _patience.Token);

    public async Task<string> ReadReplyAsync()
    {
        string line = await ReadLineAsync() ?? throw new EndOfStreamException();
        if (line == "$-1")
        {
            return "(nil)";
        }

        if (line[0] != '$')
        {
            return line;
        }

        char[] value = new char[int.Parse(line.AsSpan(1), System.Globalization.CultureInfo.InvariantCulture) + 2];
        int read = await _reader!.ReadBlockAsync(value, _patience.Token);
        return new string(value, 0, read - 2);
    }

    /// <summary>Whether the server has ended the connection.</summary>
    public async Task<bool> IsEndedAsync()
    {
        try
        {
            return await ReadLineAsync() is null;
        }
        catch (IOException)
        {
            return true; // at once, without a goodbye
        }
    }

    public void Dispose()
    {
        _reader?.Dispose();
        _socket.Dispose();
        _patience.Dispose();
    }

    private async Task<string?> ReadLineAsync() => await _reader!.ReadLineAsync(_patience.Token);
}
