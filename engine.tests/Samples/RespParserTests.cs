using System;
using System.Buffers;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using RaftEngine.Samples.Kv.Resp;
using RaftEngine.Tests.Support;
using Xunit;

namespace RaftEngine.Tests.Samples;

public class RespParserTests
{
    private const string TwoRequests = "*3\r\n$3\r\nSET\r\n$5\r\nk\r\ney\r\n$0\r\n\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n";

    [Fact]
    public void Requests_are_read_one_after_the_other()
    {
        Assert.Equal(["SET|k\r\ney|", "GET|k"], Parse(TwoRequests).Requests);
    }

    [Fact]
    public void A_request_may_be_split_at_every_byte()
    {
        byte[] bytes = Encoding.Latin1.GetBytes(TwoRequests);
        for (int split = 0; split <= bytes.Length; split++)
        {
            Outcome outcome = ParsePieces(bytes.AsMemory(0, split), bytes.AsMemory(split));
            Assert.Equal(["SET|k\r\ney|", "GET|k"], outcome.Requests);
            Assert.Null(outcome.Error);
        }
    }

    [Fact]
    public void A_request_may_trickle_in_byte_by_byte()
    {
        byte[] bytes = Encoding.Latin1.GetBytes(TwoRequests + "PING 'a b'\r\n");
        Outcome outcome = ParsePieces([.. Enumerable.Range(0, bytes.Length).Select(i => (ReadOnlyMemory<byte>)bytes.AsMemory(i, 1))]);
        Assert.Equal(["SET|k\r\ney|", "GET|k", "PING|a b"], outcome.Requests);
    }

    [Theory]
    [InlineData("PING\r\n", "PING")]
    [InlineData("PING\n", "PING")]
    [InlineData("  SET  key\tvalue \r\n", "SET|key|value")]
    [InlineData("SET k \"a value\"\r\n", "SET|k|a value")]
    [InlineData("SET k ''\r\n", "SET|k|")]
    [InlineData("SET k a\"b c\"\r\n", "SET|k|ab c")]
    [InlineData("SET k \"\\x41\\n\\\"\\q\" 'it\\'s'\r\n", "SET|k|A\n\"q|it's")]
    [InlineData("*1\r\n$4\r\nPINGxx", "PING")]
    [InlineData("*1\rx$4\rxPING\r\n", "PING")]
    [InlineData("\r\n\r\nPING\r\n", "PING")]
    [InlineData("*0\r\n*-1\r\nPING\r\n", "PING")]
    public void Inline_requests_are_split_at_blanks_and_empty_ones_skipped(string text, string expected)
    {
        Assert.Equal([expected], Parse(text).Requests);
    }

    [Theory]
    [InlineData("*1\r\n$-1\r\n", "invalid bulk length")]
    [InlineData("*1\r\n$536870913\r\n", "invalid bulk length")]
    [InlineData("*1\r\n$99999999999999999999\r\n", "invalid bulk length")]
    [InlineData("*1\r\n$\r\n", "invalid bulk length")]
    [InlineData("*1\r\n$1x\r\n", "invalid bulk length")]
    [InlineData("*1\r\n$000000000000000000000000000000000003\r\n", "invalid bulk length")]
    [InlineData("*2147483648\r\n", "invalid multibulk length")]
    [InlineData("*9223372036854775807\r\n", "invalid multibulk length")]
    [InlineData("*abc\r\n", "invalid multibulk length")]
    [InlineData("*\r\n", "invalid multibulk length")]
    [InlineData("*1\r\n:5\r\n", "expected '$', got ':'")]
    [InlineData("*1\r\n\u0001\r\n", "expected '$', got '\u0001'")]
    [InlineData("SET k \"open\r\n", "unbalanced quotes in request")]
    [InlineData("SET k \"a\"b\r\n", "unbalanced quotes in request")]
    public void What_is_no_request_is_an_error(string text, string error)
    {
        Outcome outcome = Parse(text);
        Assert.Empty(outcome.Requests);
        Assert.Equal(error, outcome.Error);
    }

    [Fact]
    public void An_inline_request_that_never_ends_is_an_error()
    {
        Assert.Null(Parse(new string('x', RespLimits.MaxLineBytes)).Error);
        Assert.Equal("too big inline request", Parse(new string('x', RespLimits.MaxLineBytes + 1)).Error);
        Assert.Equal("too big inline request", Parse(new string('x', RespLimits.MaxLineBytes + 1) + "\n").Error);
    }

    [Theory]
    [InlineData(RespLimits.MaxBulkBytes + 1, 1)]
    [InlineData((RespLimits.MaxBulkBytes / 2) + 1, 3)]
    public void A_request_that_is_too_large_is_dropped_as_it_comes_and_the_next_one_is_read(int length, int values)
    {
        byte[] value = Encoding.Latin1.GetBytes(string.Create(CultureInfo.InvariantCulture, $"${length}\r\n{new string('x', length)}\r\n"));
        ReadOnlyMemory<byte>[] pieces =
        [
            Encoding.Latin1.GetBytes(string.Create(CultureInfo.InvariantCulture, $"*{values + 2}\r\n$4\r\nMSET\r\n")),
            .. Enumerable.Range(0, values).SelectMany(_ => value.Chunk(1 << 20)).Select(static chunk => (ReadOnlyMemory<byte>)chunk),
            Encoding.Latin1.GetBytes("$1\r\nz\r\n*1\r\n$4\r\nPING\r\n"),
        ];
        Outcome outcome = ParsePieces(pieces);
        Assert.Equal(2, outcome.Requests.Count);
        Assert.StartsWith("!ERR ", outcome.Requests[0], StringComparison.Ordinal);
        Assert.Equal("PING", outcome.Requests[1]);
        Assert.InRange(outcome.MostKept, 0, RespLimits.MaxRequestBytes);
    }

    [Fact]
    public void A_request_of_too_many_arguments_is_dropped_as_it_comes()
    {
        string text = string.Concat(Enumerable.Repeat("$1\r\na\r\n", RespLimits.MaxArguments + 1));
        Outcome outcome = Parse(string.Create(CultureInfo.InvariantCulture, $"*{RespLimits.MaxArguments + 1}\r\n{text}PING\r\n"));
        Assert.Equal(["!ERR a request has at most 131072 arguments", "PING"], outcome.Requests);
    }

    [Fact]
    public void Before_the_password_requests_are_small()
    {
        foreach ((string text, string error) in ((string, string)[])[("*11\r\n", "unauthenticated multibulk length"), ("*1\r\n$16385\r\n", "unauthenticated bulk length")])
        {
            RespParser parser = new() { IsAuthenticated = false };
            using RespArguments arguments = new();
            ReadOnlySequence<byte> buffer = new(Encoding.Latin1.GetBytes(text));
            Assert.Equal(RespParseStatus.Error, parser.Read(ref buffer, arguments));
            Assert.Equal(error, parser.Error);
        }
    }

    [Fact]
    public void The_longest_bulk_string_is_read()
    {
        string value = new('x', RespLimits.MaxBulkBytes);
        Outcome outcome = Parse(string.Create(CultureInfo.InvariantCulture, $"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n${value.Length}\r\n{value}\r\n"));
        Assert.Equal(["SET|k|" + value], outcome.Requests);
    }

    [Fact]
    public void An_announced_length_takes_no_memory()
    {
        byte[] bytes = Encoding.Latin1.GetBytes(string.Create(CultureInfo.InvariantCulture, $"*{RespLimits.MaxArguments}\r\n$3\r\nSET\r\n${RespLimits.MaxBulkBytes}\r\n"));
        _ = ParsePieces(bytes);
        long before = ThreadAllocations.Begin();
        for (int i = 0; i < 100; i++)
        {
            RespParser parser = new();
            using RespArguments arguments = new();
            ReadOnlySequence<byte> buffer = new(bytes);
            Assert.Equal(RespParseStatus.NeedMore, parser.Read(ref buffer, arguments));
        }

        Assert.InRange(ThreadAllocations.Since(before) / 100, 0, 4096);
    }

    [Fact]
    public void Noise_gives_requests_or_errors_and_nothing_else()
    {
        Random random = new(20_240_611);
        string[] parts = ["*", "$", "\r\n", "\n", "1", "3", "-1", "0", "GET", "'", "\"", " ", "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n", "99999999", "\0", "\u00ff", ":", "+OK\r\n"];
        for (int round = 0; round < 20_000; round++)
        {
            StringBuilder text = new();
            for (int i = random.Next(1, 20); i > 0; i--)
            {
                text.Append(random.Next(4) == 0 ? ((char)random.Next(256)).ToString() : parts[random.Next(parts.Length)]);
            }

            byte[] bytes = Encoding.Latin1.GetBytes(text.ToString());
            int split = random.Next(bytes.Length + 1);
            Outcome whole = ParsePieces(bytes);
            Outcome pieces = ParsePieces(bytes.AsMemory(0, split), bytes.AsMemory(split));
            Assert.Equal(whole.Requests, pieces.Requests);
            Assert.Equal(whole.Error, pieces.Error);
        }
    }

    private static Outcome Parse(string text) => ParsePieces(Encoding.Latin1.GetBytes(text));

    /// <summary>Parses as a connection does: every piece is offered behind what was left of those before it.</summary>
    private static Outcome ParsePieces(params ReadOnlyMemory<byte>[] pieces)
    {
        RespParser parser = new();
        using RespArguments arguments = new();
        List<string> requests = [];
        List<ReadOnlyMemory<byte>> left = [];
        long mostKept = 0;
        foreach (ReadOnlyMemory<byte> piece in pieces)
        {
            left.Add(piece);
            ReadOnlySequence<byte> buffer = ByteSequence.Of([.. left]);
            RespParseStatus status;
            while ((status = parser.Read(ref buffer, arguments)) is RespParseStatus.Request or RespParseStatus.TooLarge)
            {
                requests.Add(status == RespParseStatus.TooLarge
                    ? $"!{parser.Error}"
                    : string.Join('|', Enumerable.Range(0, arguments.Count).Select(i => Encoding.Latin1.GetString(arguments[i]))));
            }

            if (status == RespParseStatus.Error)
            {
                return new Outcome(requests, parser.Error, mostKept);
            }

            mostKept = Math.Max(mostKept, buffer.Length);
            left.Clear();
            foreach (ReadOnlyMemory<byte> rest in buffer)
            {
                left.Add(rest);
            }
        }

        return new Outcome(requests, null, mostKept);
    }

    private sealed record Outcome(List<string> Requests, string? Error, long MostKept);
}
