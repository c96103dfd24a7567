using System;
using System.Buffers;
using System.Collections.Generic;
using System.Text;
using RaftEngine.Samples.Kv.Resp;

namespace RaftEngine.Fuzz.Targets;

/// <summary>Requests of Redis clients, in pieces of any size: no exception, and every byte is taken or waited for.</summary>
internal sealed class RespTarget : FuzzTarget
{
    public override string Name => "resp";

    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        Encoding.ASCII.GetBytes("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nvalue\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"),
        Encoding.ASCII.GetBytes("SET k \"a b\\x01\\n\" 'c'\r\nPING\r\n\r\n*0\r\n*-1\r\n"),
        Encoding.ASCII.GetBytes("*1\r\n$9000000\r\n"),
        Encoding.ASCII.GetBytes("*2\r\n$4\r\nECHO\r\n$0\r\n\r\n"),
    ];

    public override void Run(byte[] input)
    {
        RespParser parser = new();
        using RespArguments arguments = new();
        int piece = input.Length == 0 ? 1 : 1 + (input[0] * 7 % 1000);
        int start = 0;
        for (int end = 0; end < input.Length;)
        {
            end = Math.Min(end + piece, input.Length);
            ReadOnlySequence<byte> buffer = new(input.AsMemory(start..end));
            RespParseStatus status;
            do
            {
                status = parser.Read(ref buffer, arguments);
                if (status == RespParseStatus.Request)
                {
                    Require(arguments.Count > 0, "a request without a name");
                    arguments.Release();
                }
            }
            while (status is RespParseStatus.Request or RespParseStatus.TooLarge);
            if (status == RespParseStatus.Error)
            {
                Require(parser.Error.Length > 0, "an error without a word");
                return;
            }

            start = end - (int)buffer.Length;
        }
    }
}
