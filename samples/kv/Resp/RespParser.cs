using System;
using System.Buffers;
using System.Globalization;
using RaftEngine.Samples.Kv.Store;

namespace RaftEngine.Samples.Kv.Resp;

/// <summary>
/// Finds requests in what a connection has received. A request is an array of bulk strings, or one line of words:
/// <code>
///   *2\r\n  $3\r\nGET\r\n  $1\r\nk\r\n
///   GET k\r\n
/// </code>
/// It is as strict as redis 7: lengths are written in the only way, and of the two bytes behind a length or an argument
/// only their number counts.
/// Between two calls it remembers how far it came in an unfinished request, so that bytes which trickle in are each
/// looked at once. It copies nothing and
/// takes no memory for a length that was only announced. A request that is too large is dropped as it comes, and
/// refused when it has ended.
/// </summary>
internal sealed class RespParser
{
    private const int NoRequest = -1;
    private const int NoLength = -1;

    private long _remaining = NoRequest; // arguments that are still to come
    private long _length = NoLength;     // of the argument that is being read
    private int _position;               // up to here the unfinished request has been read
    private int _scanned;                // up to here no line end was found
    private long _skip;                  // bytes to drop
    private bool _isDropping;            // the rest of the request is dropped

    /// <summary>What was wrong; valid after <see cref="RespParseStatus.Error"/> and
    /// <see cref="RespParseStatus.TooLarge"/>.</summary>
    public string Error { get; private set; } = string.Empty;

    /// <summary>False while the client has not given the password: then requests are small, or none.</summary>
    public bool IsAuthenticated { get; set; } = true;

    /// <summary>True while a request has begun and not ended.</summary>
    public bool IsWithinRequest => _remaining != NoRequest;

    /// <summary>Takes the next request off the front of a buffer. An unfinished one stays in it: the next buffer must
    /// begin with the same bytes.</summary>
    /// <param name="buffer">What was received; starts behind what was taken or dropped afterwards.</param>
    /// <param name="arguments">Takes the request's arguments. Between two calls for one request they must be left
    /// alone.</param>
    public RespParseStatus Read(ref ReadOnlySequence<byte> buffer, RespArguments arguments)
    {
        while (true)
        {
            RespParseStatus status = _remaining == NoRequest ? ReadStart(ref buffer, arguments) : RespParseStatus.Request;
            if (status == RespParseStatus.Request && _remaining > 0)
            {
                status = ReadArguments(ref buffer, arguments);
            }

            if (status != RespParseStatus.Request)
            {
                return status;
            }

            bool isTooLarge = _isDropping;
            if (!isTooLarge && arguments.RequestBytes == 0)
            {
                arguments.Bind(buffer.Slice(0, _position));
            }

            buffer = buffer.Slice(_position);
            (_position, _scanned, _remaining, _isDropping) = (0, 0, NoRequest, false);
            if (isTooLarge || arguments.Count > 0)
            {
                return isTooLarge ? RespParseStatus.TooLarge : RespParseStatus.Request;
            }
        }
    }

    private RespParseStatus ReadStart(ref ReadOnlySequence<byte> buffer, RespArguments arguments)
    {
        arguments.Clear();
        if (!new SequenceReader<byte>(buffer).TryPeek(out byte first))
        {
            return RespParseStatus.NeedMore;
        }

        if (first != (byte)'*')
        {
            return ReadInline(ref buffer, arguments);
        }

        RespParseStatus status = ReadLength(in buffer, "too big mbulk count string", out bool isNumber, out _, out long count);
        if (status != RespParseStatus.Request)
        {
            return status;
        }

        if (!isNumber || count > int.MaxValue)
        {
            return Fail("invalid multibulk length");
        }

        if (!IsAuthenticated && count > RespLimits.MaxUnauthenticatedArguments)
        {
            return Fail("unauthenticated multibulk length");
        }

        _remaining = Math.Max(count, 0);
        if (count > RespLimits.MaxArguments)
        {
            Drop(ref buffer, string.Create(CultureInfo.InvariantCulture, $"ERR a request has at most {RespLimits.MaxArguments} arguments"));
        }

        arguments.Unbind();
        return RespParseStatus.Request;
    }

    private RespParseStatus ReadArguments(ref ReadOnlySequence<byte> buffer, RespArguments arguments)
    {
        while (_remaining > 0)
        {
            if (_skip > 0)
            {
                long dropped = Math.Min(_skip, buffer.Length);
                buffer = buffer.Slice(dropped);
                _skip -= dropped;
                if (_skip > 0)
                {
                    return RespParseStatus.NeedMore;
                }

                _remaining--;
                continue;
            }

            if (_length == NoLength)
            {
                RespParseStatus status = ReadArgumentLength(ref buffer);
                if (status != RespParseStatus.Request)
                {
                    return status;
                }

                if (_isDropping)
                {
                    continue;
                }
            }

            if (buffer.Length - _position < _length + 2)
            {
                return RespParseStatus.NeedMore;
            }

            arguments.Add(_position, (int)_length);
            _position += (int)_length + 2;
            _scanned = _position;
            _length = NoLength;
            _remaining--;
        }

        return RespParseStatus.Request;
    }

    private RespParseStatus ReadArgumentLength(ref ReadOnlySequence<byte> buffer)
    {
        RespParseStatus status = ReadLength(in buffer, "too big bulk count string", out bool isNumber, out byte type, out long length);
        if (status != RespParseStatus.Request)
        {
            return status;
        }

        if (type != (byte)'$')
        {
            return Fail($"expected '$', got '{(char)type}'");
        }

        if (!isNumber || length is < 0 or > RespLimits.MaxSkippedBulkBytes)
        {
            return Fail("invalid bulk length");
        }

        if (!IsAuthenticated && length > RespLimits.MaxUnauthenticatedBulkBytes)
        {
            return Fail("unauthenticated bulk length");
        }

        _length = length;
        if (length > RespLimits.MaxBulkBytes && !_isDropping)
        {
            Drop(ref buffer, "ERR string exceeds maximum allowed size (proto-max-bulk-len)");
        }
        else if (_isDropping || _position + length + 2 > RespLimits.MaxRequestBytes)
        {
            Drop(ref buffer, string.Create(CultureInfo.InvariantCulture, $"ERR a request has at most {RespLimits.MaxRequestBytes} bytes"));
        }

        return RespParseStatus.Request;
    }

    /// <summary>Drops what has come of the request, and the argument whose length has just been read; the first reason
    /// counts.</summary>
    private void Drop(ref ReadOnlySequence<byte> buffer, string reason)
    {
        Error = _isDropping ? Error : reason;
        _isDropping = true;
        buffer = buffer.Slice(_position);
        (_position, _scanned) = (0, 0);
        _skip = _length == NoLength ? 0 : _length + 2;
        _length = NoLength;
    }

    /// <summary>Reads a type byte, the number behind it, and two bytes of line end, of which the first is a carriage
    /// return.</summary>
    private RespParseStatus ReadLength(in ReadOnlySequence<byte> buffer, string tooLong, out bool isNumber, out byte type, out long value)
    {
        isNumber = false;
        type = 0;
        value = 0;
        int end = FindLineEnd(in buffer, (byte)'\r');
        if (end < 0)
        {
            return buffer.Length - _position > RespLimits.MaxLineBytes ? Fail(tooLong) : RespParseStatus.NeedMore;
        }

        if (buffer.Length < end + 2)
        {
            return RespParseStatus.NeedMore;
        }

        int length = end - _position;
        Span<byte> line = stackalloc byte[KvValue.MaxIntegerBytes + 2];
        if (length > 0)
        {
            buffer.Slice(_position, Math.Min(length, line.Length)).CopyTo(line);
            type = line[0];
            isNumber = length <= line.Length && KvValue.TryParseInteger(line[1..length], out value);
        }
        else
        {
            type = (byte)'\r';
        }

        _position = end + 2;
        _scanned = _position;
        return RespParseStatus.Request;
    }

    private RespParseStatus ReadInline(ref ReadOnlySequence<byte> buffer, RespArguments arguments)
    {
        int end = FindLineEnd(in buffer, (byte)'\n');
        if (end > RespLimits.MaxLineBytes || (end < 0 && buffer.Length > RespLimits.MaxLineBytes))
        {
            return Fail("too big inline request");
        }

        if (end < 0)
        {
            return RespParseStatus.NeedMore;
        }

        Span<byte> line = stackalloc byte[end <= 512 ? end : 0];
        line = end <= 512 ? line : new byte[end];
        buffer.Slice(0, end).CopyTo(line);
        line = line is [.., (byte)'\r'] ? line[..^1] : line;
        if (!InlineRequest.TrySplit(line, arguments.Rent(end + 1), arguments))
        {
            return Fail("unbalanced quotes in request");
        }

        _position = end + 1;
        _remaining = 0;
        return RespParseStatus.Request;
    }

    /// <summary>Finds the end of the line that begins at the position. As in redis, a zero byte in it hides the
    /// end.</summary>
    private int FindLineEnd(in ReadOnlySequence<byte> buffer, byte endByte)
    {
        SequenceReader<byte> reader = new(buffer);
        reader.Advance(Math.Max(_scanned, _position));
        if (reader.TryAdvanceToAny([endByte, 0], advancePastDelimiter: false))
        {
            _scanned = (int)reader.Consumed;
            return reader.TryPeek(out byte found) && found == endByte ? _scanned : -1;
        }

        _scanned = (int)buffer.Length;
        return -1;
    }

    private RespParseStatus Fail(string error)
    {
        Error = error;
        return RespParseStatus.Error;
    }
}
