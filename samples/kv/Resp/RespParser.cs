using System;
using System.Buffers;
using System.Buffers.Text;
using CommunityToolkit.HighPerformance.Buffers;

namespace RaftEngine.Samples.Kv.Resp;

/// <summary>
/// Finds requests in what a connection has received. A request is an array of bulk strings, or one line of words:
/// <code>
///   *2\r\n  $3\r\nGET\r\n  $1\r\nk\r\n
///   GET k\r\n
/// </code>
/// Between two calls it remembers how far it came in an unfinished request, so that bytes which trickle in are each looked at once. It copies nothing and
/// takes no memory for a length that was only announced.
/// </summary>
internal sealed class RespParser
{
    private const int NoRequest = -1;

    private int _remaining = NoRequest;
    private int _position;

    /// <summary>What was wrong; valid after <see cref="RespParseStatus.Error"/>.</summary>
    public string? Error { get; private set; }

    /// <summary>Takes the next request off the front of a buffer. An unfinished one stays in it: the next buffer must begin with the same bytes.</summary>
    /// <param name="buffer">What was received; starts behind the request afterwards.</param>
    /// <param name="arguments">Takes the request's arguments. Between two calls for one request they must be left alone.</param>
    public RespParseStatus Read(ref ReadOnlySequence<byte> buffer, RespArguments arguments)
    {
        RespParseStatus status;
        do
        {
            SequenceReader<byte> reader = new(buffer);
            reader.Advance(_position);
            status = _remaining == NoRequest ? ReadStart(ref reader, arguments) : RespParseStatus.Request;
            if (status == RespParseStatus.Request && _remaining > 0)
            {
                status = ReadBulks(ref reader, arguments);
            }

            if (status == RespParseStatus.Request)
            {
                arguments.Bind(buffer.Slice(0, _position));
                buffer = buffer.Slice(_position);
                _position = 0;
                _remaining = NoRequest;
            }
        }
        while (status == RespParseStatus.Request && arguments.Count == 0); // An empty array or an empty line asks for nothing.

        return status;
    }

    private RespParseStatus ReadStart(ref SequenceReader<byte> reader, RespArguments arguments)
    {
        arguments.Clear();
        if (!reader.TryPeek(out byte type))
        {
            return RespParseStatus.NeedMore;
        }

        if (type != (byte)'*')
        {
            return ReadInline(ref reader, arguments);
        }

        reader.Advance(1);
        RespParseStatus status = ReadHeader(ref reader, RespLimits.MaxArguments, "invalid multibulk length", out long count);
        if (status == RespParseStatus.Request)
        {
            _remaining = (int)Math.Max(count, 0);
            _position = (int)reader.Consumed;
        }

        return status;
    }

    private RespParseStatus ReadBulks(ref SequenceReader<byte> reader, RespArguments arguments)
    {
        while (_remaining > 0)
        {
            if (!reader.TryRead(out byte type))
            {
                return RespParseStatus.NeedMore;
            }

            if (type != (byte)'$')
            {
                return Fail($"expected '$', got '{(type is >= 0x20 and < 0x7F ? (char)type : '?')}'");
            }

            RespParseStatus status = ReadHeader(ref reader, RespLimits.MaxBulkBytes, "invalid bulk length", out long length);
            if (status != RespParseStatus.Request)
            {
                return status;
            }

            if (length < 0)
            {
                return Fail("invalid bulk length");
            }

            if (reader.Consumed + length + 2 > RespLimits.MaxRequestBytes)
            {
                return Fail("too big request");
            }

            int offset = (int)reader.Consumed;
            if (reader.Remaining < length + 2)
            {
                return RespParseStatus.NeedMore;
            }

            reader.Advance(length);
            if (!reader.IsNext("\r\n"u8, advancePast: true))
            {
                return Fail("expected CRLF behind a bulk string");
            }

            arguments.Add(offset, (int)length);
            _position = (int)reader.Consumed;
            _remaining--;
        }

        return RespParseStatus.Request;
    }

    /// <summary>Reads the number behind a type byte, and its line end.</summary>
    private RespParseStatus ReadHeader(ref SequenceReader<byte> reader, long most, string error, out long value)
    {
        value = 0;
        Span<byte> line = stackalloc byte[RespLimits.MaxHeaderBytes];
        int length = 0;
        while (reader.TryRead(out byte b))
        {
            if (b == (byte)'\r')
            {
                if (!reader.TryRead(out byte lineFeed))
                {
                    return RespParseStatus.NeedMore;
                }

                bool isNumber = lineFeed == (byte)'\n'
                    && Utf8Parser.TryParse(line[..length], out value, out int consumed)
                    && consumed == length
                    && value <= most;
                return isNumber ? RespParseStatus.Request : Fail(error);
            }

            if (length == line.Length)
            {
                return Fail(error);
            }

            line[length++] = b;
        }

        return RespParseStatus.NeedMore;
    }

    private RespParseStatus ReadInline(ref SequenceReader<byte> reader, RespArguments arguments)
    {
        if (!reader.TryReadTo(out ReadOnlySequence<byte> line, (byte)'\n'))
        {
            return reader.Remaining > RespLimits.MaxInlineBytes ? Fail("too big inline request") : RespParseStatus.NeedMore;
        }

        if (line.Length > RespLimits.MaxInlineBytes)
        {
            return Fail("too big inline request");
        }

        bool split;
        if (line.IsSingleSegment)
        {
            split = SplitInline(line.FirstSpan, arguments);
        }
        else
        {
            using SpanOwner<byte> copy = SpanOwner<byte>.Allocate((int)line.Length);
            line.CopyTo(copy.Span);
            split = SplitInline(copy.Span, arguments);
        }

        if (!split)
        {
            return Fail(arguments.Count > RespLimits.MaxArguments ? "too many arguments in inline request" : "unbalanced quotes in request");
        }

        _position = (int)reader.Consumed;
        _remaining = 0;
        return RespParseStatus.Request;
    }

    /// <summary>Splits a line at blanks. A word in quotes may contain blanks; there are no escapes, and the quotes must be followed by a blank.</summary>
    private static bool SplitInline(ReadOnlySpan<byte> line, RespArguments arguments)
    {
        int position = 0;
        while (position < line.Length)
        {
            byte first = line[position];
            if (IsBlank(first))
            {
                position++;
                continue;
            }

            bool quoted = first is (byte)'"' or (byte)'\'';
            int start = quoted ? position + 1 : position;
            int length = quoted ? line[start..].IndexOf(first) : line[start..].IndexOfAny(" \t\r\0"u8);
            if (length < 0 && quoted)
            {
                return false;
            }

            length = length < 0 ? line.Length - start : length;
            position = start + length + (quoted ? 1 : 0);
            if (quoted && position < line.Length && !IsBlank(line[position]))
            {
                return false;
            }

            arguments.Add(start, length);
            if (arguments.Count > RespLimits.MaxArguments)
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsBlank(byte b) => b is (byte)' ' or (byte)'\t' or (byte)'\r' or 0;

    private RespParseStatus Fail(string error)
    {
        Error = error;
        return RespParseStatus.Error;
    }
}
