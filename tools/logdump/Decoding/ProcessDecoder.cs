using System;
using System.Buffers.Binary;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Text;
using System.Threading.Tasks;

namespace RaftEngine.LogDump.Decoding;

/// <summary>
/// An executable that is fed commands on its standard input, each preceded by its length (4 bytes, little-endian), and answers each with one line of
/// UTF-8 on its standard output, before it is
/// given the next. What it writes to standard error goes where this program's goes. Its input ends when there is nothing more to decode.
/// </summary>
internal sealed class ProcessDecoder : PayloadDecoder
{
    private const int LengthBytes = 4;

    private readonly string _path;
    private readonly TimeSpan _timeout;
    private readonly Process _process;
    private readonly byte[] _answer = new byte[MaxAnswerBytes];
    private int _received; // what stands in _answer

    private ProcessDecoder(string path, TimeSpan timeout, Process process)
    {
        _path = path;
        _timeout = timeout;
        _process = process;
    }

    /// <summary>Starts the executable.</summary>
    /// <exception cref="DecoderFailedException">The operating system refused.</exception>
    public static ProcessDecoder Start(string path, TimeSpan timeout)
    {
        try
        {
            Process process = Process.Start(new ProcessStartInfo(Path.GetFullPath(path))
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                UseShellExecute = false,
            })!;
            return new ProcessDecoder(path, timeout, process);
        }
        catch (Win32Exception e)
        {
            throw new DecoderFailedException(path, $"it can not be started: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        try
        {
            _process.StandardInput.BaseStream.Dispose();
        }
        catch (IOException)
        {
            // It has ended already.
        }

        if (!_process.WaitForExit(_timeout))
        {
            Kill();
        }

        _process.Dispose();
    }

    /// <inheritdoc/>
    protected override string Ask(ReadOnlySpan<byte> command)
    {
        byte[] framed = new byte[LengthBytes + command.Length];
        BinaryPrimitives.WriteInt32LittleEndian(framed, command.Length);
        command.CopyTo(framed.AsSpan(LengthBytes));
        Task<string> exchange = Task.Run(() => ExchangeAsync(framed)); // the write too may block, if it does not read
        try
        {
            if (exchange.Wait(_timeout))
            {
                return exchange.Result;
            }
        }
        catch (AggregateException e) when (e.InnerException is IOException failure)
        {
            Kill();
            throw failure as DecoderFailedException ?? Ended(failure);
        }

        Kill();
        throw DecoderFailedException.NoAnswer(_path, command.Length, _timeout);
    }

    // Read at the same time: one that writes before it has read would wait for this program as this program waits for it.
    private async Task<string> ExchangeAsync(byte[] framed)
    {
        Task fed = FeedAsync(framed);
        Task<string> answered = ReadLineAsync();
        await Task.WhenAny(fed, answered).Unwrap().ConfigureAwait(false);
        await fed.ConfigureAwait(false);
        return await answered.ConfigureAwait(false);
    }

    private async Task FeedAsync(byte[] framed)
    {
        await _process.StandardInput.BaseStream.WriteAsync(framed).ConfigureAwait(false);
        await _process.StandardInput.BaseStream.FlushAsync().ConfigureAwait(false);
    }

    private async Task<string> ReadLineAsync()
    {
        int searched = 0;
        while (true)
        {
            int end = _answer.AsSpan(searched, _received - searched).IndexOf((byte)'\n');
            if (end >= 0)
            {
                return TakeLine(searched + end);
            }

            if (_received == _answer.Length)
            {
                throw new DecoderFailedException(_path, $"an answer of more than {MaxAnswerBytes} bytes.");
            }

            searched = _received;
            int read = await _process.StandardOutput.BaseStream.ReadAsync(_answer.AsMemory(_received)).ConfigureAwait(false);
            _received += read > 0 ? read : throw Ended(null);
        }
    }

    // What stands behind the line stays: the beginning of the next answer.
    private string TakeLine(int end)
    {
        string line = Encoding.UTF8.GetString(_answer, 0, end > 0 && _answer[end - 1] == '\r' ? end - 1 : end);
        _answer.AsSpan((end + 1).._received).CopyTo(_answer);
        _received -= end + 1;
        return line;
    }

    private DecoderFailedException Ended(Exception? failure)
    {
        string how = _process.WaitForExit(_timeout) ? string.Create(CultureInfo.InvariantCulture, $"it has ended, with exit code {_process.ExitCode}") : "it takes no more input";
        return new DecoderFailedException(_path, $"{how}, before it answered.", failure);
    }

    private void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            // It has ended already.
        }
    }
}
