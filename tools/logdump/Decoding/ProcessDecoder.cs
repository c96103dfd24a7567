using System;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Text;
using System.Threading.Tasks;

namespace RaftEngine.LogDump.Decoding;

/// <summary>
/// An executable that is fed commands on its standard input, each preceded by its length (4 bytes, little-endian), and answers each with one line of
/// UTF-8 on its standard output, in their order. It may be fed more before it has answered. What it writes to standard
/// error goes where this program's goes. Its input ends when there is nothing more to decode.
/// </summary>
internal sealed class ProcessDecoder : PayloadDecoder
{
    private readonly TimeSpan _timeout;
    private readonly Process _process;
    private readonly byte[] _answer = new byte[MaxAnswerBytes];
    private int _received; // what stands in _answer
    private int _taken;    // of that

    private ProcessDecoder(string path, TimeSpan timeout, Process process)
        : base(path, timeout)
    {
        _timeout = timeout;
        _process = process;
    }

    /// <summary>Starts the executable.</summary>
    /// <exception cref="DecoderFailedException">The operating system refused.</exception>
    public static ProcessDecoder Start(string path, TimeSpan timeout)
    {
        try
        {
            Process process = Process.Start(new ProcessStartInfo(System.IO.Path.GetFullPath(path))
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                UseShellExecute = false,
            })!;
            return new ProcessDecoder(path, timeout, process);
        }
        catch (Win32Exception e)
        {
            throw new DecoderFailedException(path, $"it cannot be started: {e.Message}", e);
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

    // Fed and read at the same time: one that answers before it has read all would wait for this program as this
    // program waits for it. What has been answered counts, even
    // if it has ended meanwhile, and takes no more.
    /// <inheritdoc/>
    protected override async Task AnswerAsync(DecoderBatch batch)
    {
        Task fed = FeedAsync(batch.Framed);
        try
        {
            while (batch.Answered < batch.Commands)
            {
                batch.Answer(await ReadLineAsync().ConfigureAwait(false));
            }

            await fed.ConfigureAwait(false);
        }
        catch (IOException e)
        {
            _ = fed.ContinueWith(static failed => failed.Exception, TaskScheduler.Default);
            throw e as DecoderFailedException ?? Ended(e);
        }
    }

    private async Task FeedAsync(ReadOnlyMemory<byte> framed)
    {
        await _process.StandardInput.BaseStream.WriteAsync(framed).ConfigureAwait(false);
        await _process.StandardInput.BaseStream.FlushAsync().ConfigureAwait(false);
    }

    private async Task<string> ReadLineAsync()
    {
        int searched = _taken;
        while (true)
        {
            int end = _answer.AsSpan(searched, _received - searched).IndexOf((byte)'\n');
            if (end >= 0)
            {
                return TakeLine(searched + end);
            }

            _answer.AsSpan(_taken, _received - _taken).CopyTo(_answer); // the beginning of an answer
            _received -= _taken;
            _taken = 0;
            if (_received == _answer.Length)
            {
                throw new DecoderFailedException(Path, $"an answer of more than {MaxAnswerBytes} bytes.");
            }

            searched = _received;
            int read = await _process.StandardOutput.BaseStream.ReadAsync(_answer.AsMemory(_received)).ConfigureAwait(false);
            _received += read > 0 ? read : throw Ended(null);
        }
    }

    private string TakeLine(int end)
    {
        int length = end - _taken;
        string line = Encoding.UTF8.GetString(_answer, _taken, length > 0 && _answer[end - 1] == '\r' ? length - 1
            : length);
        _taken = end + 1;
        return line;
    }

    private DecoderFailedException Ended(Exception? failure)
    {
        string how = _process.WaitForExit(_timeout) ? string.Create(CultureInfo.InvariantCulture, $"it has ended, with exit code {_process.ExitCode}") : "it takes no more input";
        return new DecoderFailedException(Path, $"{how}, before it answered.", failure);
    }

    /// <inheritdoc/>
    protected override void Kill()
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
