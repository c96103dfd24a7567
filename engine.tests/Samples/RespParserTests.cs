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
    [InlineData("\r\n\r\nPING\r\n", "PING")]
    [InlineData("*0\r\n*-1\r\nPING\r\n", "PING")]
    public void Inline_requests_are_split_at_blanks_and_empty_ones_skipped(string text, string expected)
    {
        Assert.Equal([expected], Parse(text).Requests);
    }

    [Theory]
    [InlineData("*1\r\n$-1\r\n", "invalid bulk length")]
    [InlineData("*1\r\n$1048576\r\n", "invalid bulk length")]
    [InlineData("*1\r\n$99999999999999999999\r\n", "invalid bulk length")]
    [InlineData("*1\r\n$\r\n", "invalid bulk length")]
    [InlineData("*1\r\n$1x\r\n", "invalid bulk length")]
    [InlineData("*1\r\n$3\rx", "invalid bulk length")]
    [InlineData("*1\r\n$000000000000000000000000000000000003\r\n", "invalid bulk length")]
    [InlineData("*16385\r\n", "invalid multibulk length")]
    [InlineData("*9223372036854775807\r\n", "invalid multibulk length")]
    [InlineData("*abc\r\n", "invalid multibulk length")]
    [InlineData("*\r\n", "invalid multibulk length")]
    [InlineData("*1\r\n:5\r\n", "expected '$', got ':'")]
    [InlineData("*1\r\n\u0001", "expected '$', got '?'")]
    [InlineData("*1\r\n$4\r\nPINGxx", "expected CRLF behind a bulk string")]
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
        Assert.Null(Parse(new string('x', RespLimits.MaxInlineBytes)).Error);
        Assert.Equal("too big inline request", Parse(new string('x', RespLimits.MaxInlineBytes + 1)).Error);
        Assert.Equal("too big inline request", Parse(new string('x', RespLimits.MaxInlineBytes + 1) + "\n").Error);
    }

    [Fact]
    public void A_request_of_allowed_parts_that_is_too_long_as_a_whole_is_an_error()
    {
        string half = new('x', RespLimits.MaxBulkBytes / 2);
        string text = string.Create(CultureInfo.InvariantCulture, $"*4\r\n$4\r\nMSET\r\n${half.Length}\r\n{half}\r\n${half.Length}\r\n{half}\r\n${half.Length}\r\n");
        Assert.Equal("too big request", Parse(text).Error);
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
        foreach (ReadOnlyMemory<byte> piece in pieces)
        {
            left.Add(piece);
            ReadOnlySequence<byte> buffer = ByteSequence.Of([.. left]);
            RespParseStatus status;
            while ((status = parser.Read(ref buffer, arguments)) == RespParseStatus.Request)
            {
                requests.Add(string.Join('|', Enumerable.Range(0, arguments.Count).Select(i => Encoding.Latin1.GetString(arguments[i]))));
            }

            if (status == RespParseStatus.Error)
            {
                return new Outcome(requests, parser.Error);
            }

            left.Clear();
            foreach (ReadOnlyMemory<byte> rest in buffer)
            {
                left.Add(rest);
            }
        }

        return new Outcome(requests, null);
    }

    private sealed record Outcome(List<string> Requests, string? Error);
}
