using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using System.Threading.Tasks;
using RaftEngine.Log;
using RaftEngine.Protocol;

namespace RaftEngine.LogDump.Decoding;

/// <summary>Has commands told in words by code that is not this program's, which may end, hang or answer anything.
/// Commands are handed over many at once, because to wait for
/// each answer costs more than most answers. One thread.</summary>
internal abstract class PayloadDecoder(string path, TimeSpan timeout) : IDisposable
{
    /// <summary>The longest answer that is taken, in bytes of UTF-8; what is longer is a failure.</summary>
    public const int MaxAnswerBytes = 64 << 10;

    /// <summary>The most records that are kept until their commands are told.</summary>
    public const int MostWaiting = 4 * DecoderBatch.MostCommands;

    /// <summary>How long an answer may take.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(5);

    private readonly Queue<string> _prefixes = [];
    private readonly DecoderBatch _batch = new();
    private int _taken; // of the batch's answers
    private bool _isAnswering;
    private DecoderFailedException? _failure;

    /// <summary>True if answers are to be taken before more is fed.</summary>
    public bool IsFull => _batch.IsFull;

    /// <summary>The decoder's file, as the user has written it.</summary>
    protected string Path => path;

    /// <summary>Opens a decoder: an assembly, by its extension, or an executable.</summary>
    /// <param name="path">The file.</param>
    /// <param name="timeout">How long an answer may take.</param>
    /// <exception cref="DecoderFailedException">It cannot be used.</exception>
    public static PayloadDecoder Open(string path, TimeSpan timeout) =>
        !File.Exists(path) ? throw new DecoderFailedException(path, "there is no such file.")
        : path.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) ? AssemblyDecoder.Load(path, timeout)
        : ProcessDecoder.Start(path, timeout);

    /// <summary>Tells what the command of a record says, in one line without control characters; null if the record carries none.</summary>
    /// <exception cref="DecoderFailedException">The decoder did not answer.</exception>
    public string? Tell(in LogRecord record) => Feed(record) ? Next() : null;

    /// <summary>Hands the command of a record over.</summary>
    /// <returns>False if the record carries none.</returns>
    public bool Feed(in LogRecord record)
    {
        if (_isAnswering && _failure is null && _taken == _batch.Commands)
        {
            _batch.Clear();
            (_taken, _isAnswering) = (0, false);
        }

        if (record.Kind == EntryKind.Command)
        {
            _prefixes.Enqueue("");
            _batch.Add(record.Payload);
            return true;
        }

        if (record.Kind == EntryKind.Session && SessionFormat.TryRead(record.Payload, out SessionHeader session)
            && session.Operation == SessionOperation.Command)
        {
            _prefixes.Enqueue(string.Create(CultureInfo.InvariantCulture,
                $"session {session.SessionId} #{session.Sequence}: "));
            _batch.Add(record.Payload[SessionFormat.HeaderBytes..]);
            return true;
        }

        return false;
    }

    /// <summary>What the command says that was fed first of those not told yet, and which session it is of; in one line
    /// without control characters.</summary>
    /// <exception cref="DecoderFailedException">The decoder did not answer it.</exception>
    public string Next() => _prefixes.Dequeue() + Answer();

    /// <summary>The same, without the session.</summary>
    /// <exception cref="DecoderFailedException">The decoder did not answer it.</exception>
    public string NextAnswer()
    {
        _prefixes.Dequeue();
        return Answer();
    }

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Answers the commands of a batch in their order.</summary>
    /// <exception cref="DecoderFailedException">The decoder does not.</exception>
    protected abstract Task AnswerAsync(DecoderBatch batch);

    /// <summary>Gives up a decoder that has failed.</summary>
    protected virtual void Kill()
    {
    }

    private string Answer()
    {
        if (!_isAnswering)
        {
            _isAnswering = true;
            _failure = Ask(_batch);
        }

        return _taken < _batch.Answered ? Plain(_batch.AnswerTo(_taken++)) : throw _failure
            ?? new DecoderFailedException(path, "it has not answered.");
    }

    // As long as answers come, it may take its time.
    private DecoderFailedException? Ask(DecoderBatch batch)
    {
        Task answering = Task.Run(() => AnswerAsync(batch));
        int seen = 0;
        try
        {
            while (!answering.Wait(timeout))
            {
                int answered = batch.Answered;
                if (answered == seen)
                {
                    Kill();
                    return DecoderFailedException.NoAnswer(path, batch.BytesUnanswered(), timeout);
                }

                seen = answered;
            }

            return null;
        }
        catch (AggregateException e) when (e.InnerException is DecoderFailedException failure)
        {
            Kill();
            return failure;
        }
    }

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
