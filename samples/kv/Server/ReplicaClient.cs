using System;
using System.Globalization;
using System.IO;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>Asks another replica something, as a client of it.</summary>
internal static class ReplicaClient
{
    private const int MaxReplyBytes = 1 << 20;

    /// <summary>Asks once, on a connection of its own.</summary>
    /// <param name="address">Where the replica serves clients.</param>
    /// <param name="password">The password; null for none.</param>
    /// <param name="stop">Gives up.</param>
    /// <param name="request">The request.</param>
    /// <returns>The reply: a status or an error with its sign, anything else as it is.</returns>
    /// <exception cref="IOException">The replica cannot be reached, or says what is no reply.</exception>
    public static async Task<string> AskAsync(ClientAddress address, byte[]? password, CancellationToken stop, params string[] request)
    {
        try
        {
            using TcpClient client = new() { NoDelay = true };
            await client.ConnectAsync(address.Host, address.Port, stop).ConfigureAwait(false);
            NetworkStream stream = client.GetStream();
            if (password is not null)
            {
                string answer = await AskAsync(stream, ["AUTH", Encoding.Latin1.GetString(password)], stop).ConfigureAwait(false);
                if (answer.StartsWith('-'))
                {
                    return answer;
                }
            }

            return await AskAsync(stream, request, stop).ConfigureAwait(false);
        }
        catch (SocketException failure)
        {
            throw new IOException($"The replica at {address} cannot be reached: {failure.Message}", failure);
        }
    }

    private static async Task<string> AskAsync(NetworkStream stream, string[] request, CancellationToken stop)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"*{request.Length}\r\n");
        foreach (string argument in request)
        {
            text.Append(CultureInfo.InvariantCulture, $"${argument.Length}\r\n{argument}\r\n");
        }

        await stream.WriteAsync(Encoding.Latin1.GetBytes(text.ToString()), stop).ConfigureAwait(false);
        string line = await ReadLineAsync(stream, stop).ConfigureAwait(false);
        if (line.Length == 0 || line[0] != '$')
        {
            return line.StartsWith(':') ? line[1..] : line;
        }

        if (!int.TryParse(line.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out int length) || length > MaxReplyBytes)
        {
            throw new IOException($"A replica answered '{line}'.");
        }

        byte[] bytes = new byte[length + 2];
        await stream.ReadExactlyAsync(bytes, stop).ConfigureAwait(false);
        return Encoding.UTF8.GetString(bytes, 0, length);
    }

    private static async Task<string> ReadLineAsync(NetworkStream stream, CancellationToken stop)
    {
        StringBuilder line = new();
        byte[] one = new byte[1];
        while (line.Length < MaxReplyBytes)
        {
            await stream.ReadExactlyAsync(one, stop).ConfigureAwait(false);
            if (one[0] == (byte)'\n')
            {
                return line.ToString().TrimEnd('\r');
            }

            line.Append((char)one[0]);
        }

        throw new IOException("A replica answered a line without an end.");
    }
}
