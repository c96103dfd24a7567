using System;
using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace RaftEngine.Tests.Processes;

/// <summary>One connection to one replica; one request at a time. After an exception it is of no more use.</summary>
internal sealed class RespConnection : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly TcpClient _socket;
    private readonly StreamReader _reader;

    private RespConnection(TcpClient socket)
    {
        _socket = socket;
        _reader = new StreamReader(socket.GetStream(), Encoding.Latin1);
    }

    public static async Task<RespConnection> ConnectAsync(int port)
    {
        using CancellationTokenSource patience = new(Patience);
        TcpClient socket = new() { NoDelay = true };
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port, patience.Token);
            return new RespConnection(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Asks, and waits for the reply.</summary>
    /// <returns>Its items; one if it is no array. A bulk string is its text, or null; anything else is its line.</returns>
    public async Task<string?[]> AskAsync(params string[] request)
    {
        using CancellationTokenSource patience = new(Patience);
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"*{request.Length}\r\n");
        foreach (string argument in request)
        {
            text.Append(CultureInfo.InvariantCulture, $"${argument.Length}\r\n{argument}\r\n");
        }

        await _socket.GetStream().WriteAsync(Encoding.Latin1.GetBytes(text.ToString()), patience.Token);
        string line = await ReadLineAsync(patience.Token);
        if (line[0] != '*')
        {
            return [await ReadItemAsync(line, patience.Token)];
        }

        string?[] items = new string?[LengthIn(line)];
        for (int i = 0; i < items.Length; i++)
        {
            items[i] = await ReadItemAsync(await ReadLineAsync(patience.Token), patience.Token);
        }

        return items;
    }

    public void Dispose()
    {
        _reader.Dispose();
        _socket.Dispose();
    }

    private static int LengthIn(string line) => int.Parse(line.AsSpan(1), CultureInfo.InvariantCulture);

    private async Task<string?> ReadItemAsync(string line, CancellationToken patience)
    {
        if (line[0] != '$')
        {
            return line;
        }

        if (line == "$-1")
        {
            return null;
        }

        char[] value = new char[LengthIn(line) + 2];
        return await _reader.ReadBlockAsync(value, patience) == value.Length ? new string(value, 0, value.Length - 2) : throw new EndOfStreamException();
    }

    private async Task<string> ReadLineAsync(CancellationToken patience) => await _reader.ReadLineAsync(patience) ?? throw new EndOfStreamException();
}
