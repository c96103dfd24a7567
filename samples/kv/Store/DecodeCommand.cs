using System;
using System.Buffers.Binary;
using System.CommandLine;
using System.IO;
using System.Text;

namespace RaftEngine.Samples.Kv.Store;

/// <summary><c>kv decode</c>: tells what commands say, as an executable that <c>logdump --decoder</c> can run: each command behind its length, one line back.</summary>
internal static class DecodeCommand
{
    private const int MostCommandBytes = 64 << 20;

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
        byte[] length = new byte[4];
        byte[] command = [];
        int read;
        while ((read = input.ReadAtLeast(length, length.Length, throwOnEndOfStream: false)) == length.Length)
        {
            int size = BinaryPrimitives.ReadInt32LittleEndian(length);
            if (size is < 0 or > MostCommandBytes)
            {
                return ExitCodes.Failure;
            }

            command = command.Length >= size ? command : new byte[size];
            if (input.ReadAtLeast(command.AsSpan(0, size), size, throwOnEndOfStream: false) < size)
            {
                return ExitCodes.Failure;
            }

            output.Write(Encoding.UTF8.GetBytes(decoder.Decode(command.AsSpan(0, size)) + "\n"));
            output.Flush();
        }

        return read == 0 ? ExitCodes.Success : ExitCodes.Failure;
    }
}
