using System;
using System.Globalization;
using System.IO;
using System.Text;
using RaftEngine.Log;
using RaftEngine.Protocol;

namespace RaftEngine.LogDump.Decoding;

/// <summary>Has commands told in words by code that is not this program's, which may end, hang or answer anything. One thread.</summary>
internal abstract class PayloadDecoder : IDisposable
{
    /// <summary>The longest answer that is taken, in bytes of UTF-8; what is longer is a failure.</summary>
    public const int MaxAnswerBytes = 64 << 10;

    /// <summary>How long an answer may take.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Opens a decoder: an assembly, by its extension, or an executable.</summary>
    /// <param name="path">The file.</param>
    /// <param name="timeout">How long an answer may take.</param>
    /// <exception cref="DecoderFailedException">It can not be used.</exception>
    public static PayloadDecoder Open(string path, TimeSpan timeout) =>
        !File.Exists(path) ? throw new DecoderFailedException(path, "there is no such file.")
        : path.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) ? AssemblyDecoder.Load(path, timeout)
        : ProcessDecoder.Start(path, timeout);

    /// <summary>Tells what the command of a record says, in one line without control characters; null if the record carries none.</summary>
    /// <exception cref="DecoderFailedException">The decoder did not answer.</exception>
    public string? Tell(in LogRecord record)
    {
        if (record.Kind == EntryKind.Command)
        {
            return Plain(Ask(record.Payload));
        }

        return record.Kind == EntryKind.Session && SessionFormat.TryRead(record.Payload, out SessionHeader session) && session.Operation == SessionOperation.Command
            ? string.Create(CultureInfo.InvariantCulture, $"session {session.SessionId} #{session.Sequence}: {Plain(Ask(record.Payload[SessionFormat.HeaderBytes..]))}")
            : null;
    }

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Asks the decoder.</summary>
    protected abstract string Ask(ReadOnlySpan<byte> command);

    private static string Plain(string answer)
    {
        StringBuilder? plain = null;
        for (int i = 0; i < answer.Length; i++)
        {
            if (char.IsControl(answer[i]))
            {
                plain ??= new StringBuilder(answer);
                plain[i] = '.';
            }
        }

        return plain?.ToString() ?? answer;
    }
}
