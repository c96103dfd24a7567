using System;
using System.Buffers.Binary;
using System.Threading;

namespace RaftEngine.LogDump.Decoding;

/// <summary>Commands that a decoder is given at once, each preceded by its length (4 bytes, little-endian), and what it
/// has answered. One thread fills it, another one answers.</summary>
internal sealed class DecoderBatch
{
    /// <summary>The most commands in it.</summary>
    public const int MostCommands = 1024;

    private const int LengthBytes = 4;
    private const int EnoughBytes = 1 << 20;

    private readonly string[] _answers = new string[MostCommands];
    private byte[] _framed = new byte[64 << 10];
    private int _length;
    private int _answered;

    /// <summary>How many commands there are.</summary>
    public int Commands { get; private set; }

    /// <summary>How many have been answered. Pairs with the release in <see cref="Answer"/>: the answers before it can
    /// be read.</summary>
    public int Answered => Volatile.Read(ref _answered);

    /// <summary>True if it is to be answered before more is added.</summary>
    public bool IsFull => Commands == MostCommands || _length >= EnoughBytes;

    /// <summary>The commands with their lengths.</summary>
    public ReadOnlyMemory<byte> Framed => _framed.AsMemory(0, _length);

    /// <summary>Empties it: all of it has been answered.</summary>
    public void Clear()
    {
        Commands = 0;
        _length = 0;
        _answered = 0;
    }

    /// <summary>Adds a command.</summary>
    public void Add(ReadOnlySpan<byte> command)
    {
        int needed = _length + LengthBytes + command.Length;
        if (needed > _framed.Length)
        {
            Array.Resize(ref _framed, Math.Max(needed, 2 * _framed.Length));
        }

        BinaryPrimitives.WriteInt32LittleEndian(_framed.AsSpan(_length), command.Length);
        command.CopyTo(_framed.AsSpan(_length + LengthBytes));
        _length = needed;
        Commands++;
    }

    /// <summary>Takes the command at a place off, and steps to the next one's.</summary>
    public ReadOnlySpan<byte> CommandAt(ref int offset)
    {
        int length = BinaryPrimitives.ReadInt32LittleEndian(_framed.AsSpan(offset));
        ReadOnlySpan<byte> command = _framed.AsSpan(offset + LengthBytes, length);
        offset += LengthBytes + length;
        return command;
    }

    /// <summary>The length of the first command without an answer, in bytes.</summary>
    public int BytesUnanswered()
    {
        int offset = 0;
        for (int i = 0; i < Answered; i++)
        {
            CommandAt(ref offset);
        }

        return CommandAt(ref offset).Length;
    }

    /// <summary>Answers the next command.</summary>
    public void Answer(string text)
    {
        _answers[_answered] = text;
        Volatile.Write(ref _answered, _answered + 1); // pairs with the acquire in Answered
    }

    /// <summary>The answer to a command.</summary>
    public string AnswerTo(int command) => _answers[command];
}
