using System;
using System.Buffers;
using System.Buffers.Binary;
using System.CommandLine;
using System.IO;
using System.Text;

namespace RaftEngine.Samples.Kv.Store;

/// <summary><c>kv decode</c>: tells what commands say, as an executable that <c>logdump --decoder</c> can run: each command behind its length, one line back.</summary>
internal static class DecodeCommand
{
    private const int MostCommandBytes = 64 << 20;
    private const int LengthBytes = 4;

    public static Command Create()
    {
        Command command = new("decode", "Reads commands of a log, each behind its length (4 bytes, little-endian), and tells in a line what each says.");
        command.SetAction(static _ =>
        {
            using Stream input = Console.OpenStandardInput();
            using Stream output = Console.OpenStandardOutput();
            return Run(input, output);
        });
        return command;
    }

    /// <summary>Decodes until the input ends.</summary>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static int Run(Stream input, Stream output)
    {
        KvPayloadDecoder decoder = new();
        byte[] buffer = new byte[64 << 10];
        ArrayBufferWriter<byte> answers = new();
        int held = 0;
        int read;
        while ((read = input.Read(buffer, held, buffer.Length - held)) > 0)
        {
            held += read;
            int taken = Decode(decoder, buffer.AsSpan(0, held), answers, out int needed);
            if (needed < 0)
            {
                return ExitCodes.Failure;
            }

            // What is complete is answered before more is waited for.
            output.Write(answers.WrittenSpan);
            output.Flush();
            answers.ResetWrittenCount();
            buffer.AsSpan(taken, held - taken).CopyTo(buffer);
            held -= taken;
            if (needed > buffer.Length)
            {
                Array.Resize(ref buffer, needed);
            }
        }

        return held == 0 ? ExitCodes.Success : ExitCodes.Failure;
    }

    // Tells what the commands say that are there as a whole. Of the next one it gives how many bytes it needs; -1 if
    // that is more than a command has.
    private static int Decode(KvPayloadDecoder decoder, ReadOnlySpan<byte> bytes, ArrayBufferWriter<byte> answers,
        out int needed)
    {
        int taken = 0;
        for (needed = LengthBytes; bytes.Length - taken >= LengthBytes; needed = LengthBytes)
        {
            int size = BinaryPrimitives.ReadInt32LittleEndian(bytes[taken..]);
            needed = size is < 0 or > MostCommandBytes ? -1 : LengthBytes + size;
            if (needed < 0 || bytes.Length - taken < needed)
            {
                return taken;
            }

            Encoding.UTF8.GetBytes(decoder.Decode(bytes.Slice(taken + LengthBytes, size)), answers);
            answers.Write("\n"u8);
            taken += needed;
        }

        return taken;
    }
}
