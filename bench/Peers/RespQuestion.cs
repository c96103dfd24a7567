using System;
using System.Globalization;
using System.Linq;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace RaftEngine.Bench.Peers;

/// <summary>One question to a server that speaks the Redis protocol, on a connection of its own.</summary>
internal static class RespQuestion
{
    private const int MostAnswerBytes = 64 << 10;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Asks.</summary>
    /// <returns>The answer as it comes: a line, or a bulk string with its length before it.</returns>
    public static async Task<string> AskAsync(int port, params string[] words)
    {
        using CancellationTokenSource patience = new(Patience);
        using TcpClient client = new();
        await client.ConnectAsync("127.0.0.1", port, patience.Token).ConfigureAwait(false);
        NetworkStream stream = client.GetStream();
        string question = $"*{words.Length}\r\n{string.Concat(words.Select(static word => $"${word.Length}\r\n{word}\r\n"))}";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(question), patience.Token).ConfigureAwait(false);
        byte[] answer = new byte[MostAnswerBytes];
        int length = 0;
        while (!IsWhole(Encoding.ASCII.GetString(answer, 0, length)))
        {
            int read = await stream.ReadAsync(answer.AsMemory(length), patience.Token).ConfigureAwait(false);
            if (read == 0)
            {
                throw new System.IO.EndOfStreamException("The server closed the connection before it had answered.");
            }

            length += read;
        }

        return Encoding.ASCII.GetString(answer, 0, length);
    }

    private static bool IsWhole(string answer)
    {
        int line = answer.IndexOf("\r\n", StringComparison.Ordinal);
        return line >= 0 && (answer[0] != '$' || answer.Length >= line + 4 + int.Parse(answer.AsSpan(1, line - 1), CultureInfo.InvariantCulture));
    }
}
