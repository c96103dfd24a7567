using System;
using System.Buffers;
using System.Buffers.Text;
using System.Text;
using RaftEngine.Samples.Kv.Store;

namespace RaftEngine.Samples.Kv.Resp;

/// <summary>Writes replies, in version 2 of the protocol or, after HELLO 3, in version 3: there null and map have forms
/// of their own.</summary>
internal sealed class RespWriter
{
    private readonly IBufferWriter<byte> _output;

    /// <summary>A writer of version 2.</summary>
    public RespWriter(IBufferWriter<byte> output)
    {
        _output = output;
    }

    /// <summary>The protocol version, 2 or 3.</summary>
    public int Protocol { get; set; } = 2;

    /// <summary>A short text without line ends, such as OK.</summary>
    public void WriteSimple(ReadOnlySpan<byte> text) => WriteLine((byte)'+', text);

    /// <summary>OK.</summary>
    public void WriteOk() => WriteSimple("OK"u8);

    /// <summary>An error: its code in capitals, a blank, a text of bytes. Line ends in it are replaced, as in
    /// redis.</summary>
    public void WriteError(string error)
    {
        byte[] line = Encoding.Latin1.GetBytes(error.TrimEnd('\r', '\n'));
        line.AsSpan().Replace((byte)'\r', (byte)' ');
        line.AsSpan().Replace((byte)'\n', (byte)' ');
        WriteLine((byte)'-', line);
    }

    /// <summary>A number.</summary>
    public void WriteInteger(long value) => WriteHeader((byte)':', value);

    /// <summary>Bytes of any kind.</summary>
    public void WriteBulk(ReadOnlySpan<byte> value)
    {
        WriteHeader((byte)'$', value.Length);
        _output.Write(value);
        _output.Write("\r\n"u8);
    }

    /// <summary>The header of bytes that the caller writes itself, and a line end behind them.</summary>
    public void WriteBulkHeader(int length) => WriteHeader((byte)'$', length);

    /// <summary>A value of the store.</summary>
    public void WriteBulk(in KvValue value) => WriteBulk(value.AsSpan(stackalloc byte[KvValue.MaxIntegerBytes]));

    /// <summary>A text.</summary>
    public void WriteBulk(string value) => WriteBulk(Encoding.UTF8.GetBytes(value));

    /// <summary>A text of several lines; in version 3 it says that it is one.</summary>
    public void WriteText(string value)
    {
        if (Protocol < 3)
        {
            WriteBulk(value);
            return;
        }

        byte[] bytes = Encoding.UTF8.GetBytes(value);
        WriteHeader((byte)'=', bytes.Length + 4);
        _output.Write("txt:"u8);
        _output.Write(bytes);
        _output.Write("\r\n"u8);
    }

    /// <summary>Nothing: a key that does not exist.</summary>
    public void WriteNull() => _output.Write(Protocol >= 3 ? "_\r\n"u8 : "$-1\r\n"u8);

    /// <summary>Nothing where otherwise an array comes.</summary>
    public void WriteNullArray() => _output.Write(Protocol >= 3 ? "_\r\n"u8 : "*-1\r\n"u8);

    /// <summary>Begins an array.</summary>
    /// <param name="count">How many replies follow as its elements.</param>
    public void WriteArray(int count) => WriteHeader((byte)'*', count);

    /// <summary>Begins a map; in version 2, an array of keys and values.</summary>
    /// <param name="count">How many pairs of replies follow.</param>
    public void WriteMap(int count) => WriteHeader(Protocol >= 3 ? (byte)'%' : (byte)'*', Protocol >= 3 ? count : 2 * count);

    /// <summary>Begins a set; in version 2, an array.</summary>
    /// <param name="count">How many replies follow as its elements.</param>
    public void WriteSet(int count) => WriteHeader(Protocol >= 3 ? (byte)'~' : (byte)'*', count);

    /// <summary>What a command of the store gave back, if it is no array.</summary>
    public void WriteResult(in KvResult result)
    {
        switch (result.Outcome)
        {
            case KvOutcome.Done:
                WriteOk();
                break;
            case KvOutcome.Nil:
                WriteNull();
                break;
            case KvOutcome.NilArray:
                WriteNullArray();
                break;
            case KvOutcome.Integer:
                WriteInteger(result.Value.Integer);
                break;
            case KvOutcome.Value:
                WriteBulk(result.Value);
                break;
            case KvOutcome.Simple:
                WriteSimple(result.Value.Bytes);
                break;
            default:
                WriteError(ErrorOf(in result));
                break;
        }
    }

    private static string ErrorOf(in KvResult result) => result.Outcome switch
    {
        KvOutcome.Error => Encoding.Latin1.GetString(result.Value.Bytes!),
        KvOutcome.NotAnInteger => "ERR value is not an integer or out of range",
        KvOutcome.Overflow => "ERR increment or decrement would overflow",
        KvOutcome.TooLong => "ERR string exceeds maximum allowed size (proto-max-bulk-len)",
        _ => $"ERR the command was refused: {result.Outcome}",
    };

    private void WriteLine(byte type, ReadOnlySpan<byte> text)
    {
        Span<byte> span = _output.GetSpan(text.Length + 3);
        span[0] = type;
        text.CopyTo(span[1..]);
        "\r\n"u8.CopyTo(span[(text.Length + 1)..]);
        _output.Advance(text.Length + 3);
    }

    private void WriteHeader(byte type, long value)
    {
        Span<byte> span = _output.GetSpan(KvValue.MaxIntegerBytes + 3);
        span[0] = type;
        _ = Utf8Formatter.TryFormat(value, span[1..], out int written);
        "\r\n"u8.CopyTo(span[(written + 1)..]);
        _output.Advance(written + 3);
    }
}
