using System;
using System.Buffers;
using System.IO;
using System.Linq;
using System.Text;
using RaftEngine.Samples.Kv.Store;
using RaftEngine.Tests.Support;
using Xunit;

namespace RaftEngine.Tests.Samples;

public class KvStateMachineTests
{
    private readonly KvStateMachine _store = new();

    [Fact]
    public void Set_stores_bytes_of_any_kind()
    {
        byte[] key = [0, 255, 13, 10];
        byte[] command = new byte[64];
        KvCommandWriter writer = new(command, KvCommandKind.Set, KvCommandFlags.None);
        writer.WriteBytes(key);
        writer.WriteBytes([1, 0, 2]);
        Assert.Equal(KvOutcome.Done, _store.Apply(command.AsSpan(0, writer.Length)).Outcome);
        using KvStateMachine.Reader reader = _store.OpenRead();
        Assert.True(reader.TryGet(key, out KvValue value));
        Assert.Equal([1, 0, 2], value.AsSpan([]).ToArray());
    }

    [Fact]
    public void A_snapshot_has_the_state_of_its_moment()
    {
        Set("text", "value");
        Increment("number", 42);
        Action<Stream> write = _store.CaptureSnapshot();
        Set("text", "changed");
        Set("later", "1");

        using MemoryStream stream = new();
        write(stream);
        stream.Position = 0;
        Set("forgotten", "1");
        _store.RestoreSnapshot(stream);
        Assert.Equal(stream.Length, stream.Position);
        Assert.Equal(("value", "42", null, null), (Get("text"), Get("number"), Get("later"), Get("forgotten")));
        Assert.Equal(43, Increment("number", 1).Value.Integer);
    }

    [Fact]
    public void A_result_is_read_as_it_was_written()
    {
        Set("number", "1");
        Increment("number", long.MaxValue - 1);
        KvResult[] results =
        [
            Set("k", "", KvCommandFlags.ReturnOld),
            Set("k", "bytes of any kind: \0\r\n\xFF", KvCommandFlags.ReturnOld),
            Set("k", "", KvCommandFlags.ReturnOld),
            Set("k", "1"),
            Increment("k", long.MinValue),
            Increment("number", 1),
            Set("number", "1", KvCommandFlags.ReturnOld),
        ];
        KvOutcome[] outcomes = [KvOutcome.Nil, KvOutcome.Value, KvOutcome.Value, KvOutcome.Done, KvOutcome.Integer, KvOutcome.Overflow, KvOutcome.Value];
        Assert.Equal(outcomes, results.Select(result => result.Outcome));
        foreach (KvResult result in results)
        {
            ArrayBufferWriter<byte> written = new();
            _store.WriteResult(result, written);
            KvResult read = new KvStateMachine().ReadResult(written.WrittenSpan);
            Assert.Equal(result.Outcome, read.Outcome);
            Assert.Equal(result.Value.Bytes, read.Value.Bytes);
            Assert.Equal(result.Value.Integer, read.Value.Integer);
        }
    }

    [Fact]
    public void Set_with_nx_sets_only_a_missing_key()
    {
        Assert.Equal(KvOutcome.Done, Set("k", "1", KvCommandFlags.IfMissing).Outcome);
        Assert.Equal(KvOutcome.Nil, Set("k", "2", KvCommandFlags.IfMissing).Outcome);
        Assert.Equal("1", Get("k"));
    }

    [Fact]
    public void Set_with_xx_sets_only_an_existing_key()
    {
        Assert.Equal(KvOutcome.Nil, Set("k", "1", KvCommandFlags.IfPresent).Outcome);
        Assert.Null(Get("k"));
        Set("k", "1");
        Assert.Equal(KvOutcome.Done, Set("k", "2", KvCommandFlags.IfPresent).Outcome);
        Assert.Equal("2", Get("k"));
    }

    [Fact]
    public void Set_with_get_gives_back_the_old_value_whether_it_sets_or_not()
    {
        Assert.Equal(KvOutcome.Nil, Set("k", "1", KvCommandFlags.ReturnOld).Outcome);
        Assert.Equal("1", Text(Set("k", "2", KvCommandFlags.ReturnOld).Value));
        Assert.Equal("2", Text(Set("k", "3", KvCommandFlags.ReturnOld | KvCommandFlags.IfMissing).Value));
        Assert.Equal("2", Get("k"));
    }

    [Fact]
    public void Set_with_ifeq_is_a_compare_and_swap_that_sees_integers_as_their_digits()
    {
        Assert.Equal(KvOutcome.Nil, Set("k", "1", KvCommandFlags.IfEqual, expected: "").Outcome);
        Increment("k", 7);
        Assert.Equal(KvOutcome.Nil, Set("k", "8", KvCommandFlags.IfEqual, expected: "07").Outcome);
        Assert.Equal(KvOutcome.Done, Set("k", "8", KvCommandFlags.IfEqual, expected: "7").Outcome);
        Assert.Equal("8", Get("k"));
    }

    [Fact]
    public void Delete_counts_the_keys_that_existed()
    {
        Set("a", "1");
        Set("b", "1");
        Assert.Equal(2, Many(KvCommandKind.Delete, 4, "a", "b", "c", "a").Value.Integer);
        Assert.Null(Get("a"));
    }

    [Fact]
    public void Set_many_sets_in_order()
    {
        Assert.Equal(KvOutcome.Done, Many(KvCommandKind.SetMany, 3, "a", "1", "b", "2", "a", "3").Outcome);
        Assert.Equal("3", Get("a"));
        Assert.Equal("2", Get("b"));
    }

    [Fact]
    public void Increment_begins_at_zero_and_goes_on_from_digits()
    {
        Assert.Equal(-3, Increment("k", -3).Value.Integer);
        Assert.Equal("-3", Get("k"));
        Set("k", "41");
        Assert.Equal(42, Increment("k", 1).Value.Integer);
        Assert.Equal("42", Get("k"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData(" 1")]
    [InlineData("1 ")]
    [InlineData("+1")]
    [InlineData("01")]
    [InlineData("-0")]
    [InlineData("1.0")]
    [InlineData("9223372036854775808")]
    public void Increment_refuses_what_is_no_integer(string value)
    {
        Set("k", value);
        Assert.Equal(KvOutcome.NotAnInteger, Increment("k", 1).Outcome);
        Assert.Equal(value, Get("k"));
    }

    [Theory]
    [InlineData(long.MaxValue, 1)]
    [InlineData(long.MinValue, -1)]
    [InlineData(-2, long.MinValue)]
    public void Increment_refuses_to_overflow(long from, long delta)
    {
        Increment("k", from);
        Assert.Equal(KvOutcome.Overflow, Increment("k", delta).Outcome);
        Assert.Equal(from, Increment("k", 0).Value.Integer);
    }

    [Fact]
    public void Append_begins_with_nothing_and_turns_an_integer_into_its_digits()
    {
        Assert.Equal(2, Append("k", "ab").Value.Integer);
        Assert.Equal(4, Append("k", "cd").Value.Integer);
        Assert.Equal("abcd", Get("k"));
        Increment("n", 12);
        Assert.Equal(3, Append("n", "3").Value.Integer);
        Assert.Equal(124, Increment("n", 1).Value.Integer);
    }

    [Fact]
    public void Append_stops_at_the_longest_value()
    {
        string half = new('x', KvStateMachine.MaxValueBytes / 2);
        Append("k", half);
        Assert.Equal(KvStateMachine.MaxValueBytes, Append("k", half).Value.Integer);
        Assert.Equal(KvOutcome.TooLong, Append("k", "y").Outcome);
    }

    [Fact]
    public void Bytes_that_are_no_command_change_nothing()
    {
        Set("k", "1");
        byte[] command = new byte[256];
        KvCommandWriter writer = new(command, KvCommandKind.SetMany, KvCommandFlags.None);
        writer.WriteVarint(2);
        writer.WriteBytes("k"u8);
        writer.WriteBytes("2"u8);
        writer.WriteBytes("l"u8);
        writer.WriteBytes("3"u8);
        for (int length = 0; length < writer.Length; length++)
        {
            KvResult result = new KvStateMachine().Apply(command.AsSpan(0, length));
            Assert.Equal(KvOutcome.Malformed, result.Outcome);
        }

        Assert.Equal(KvOutcome.Malformed, _store.Apply(command.AsSpan(0, writer.Length + 1)).Outcome);
        Assert.Equal(KvOutcome.Malformed, _store.Apply([200, 0]).Outcome);
        Assert.Equal("1", Get("k"));
    }

    [Fact]
    public void Noise_is_decoded_without_an_exception()
    {
        Random random = new(7);
        byte[] noise = new byte[64];
        for (int round = 0; round < 100_000; round++)
        {
            random.NextBytes(noise);
            noise[0] = (byte)random.Next(11);
            _ = _store.Apply(noise.AsSpan(0, random.Next(noise.Length)));
        }
    }

    /// <summary>An exception would stop the replica, and all others with it.</summary>
    [Fact]
    public void Any_call_with_any_arguments_has_a_result()
    {
        string[] words =
        [
            "", "a", "b", "\0\xFF", "0", "1", "-1", "-0", "15", "16", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "2147483648", "1e4932",
            "-1e-4950", "inf", "nan", ".", "1e", "NX", "XX", "GT", "LT", "GET", "EX", "PX", "EXAT", "PXAT", "KEEPTTL", "PERSIST", "IFEQ", "MATCH", "COUNT", "TYPE", "string",
            "DB", "REPLACE", "ASYNC", "*", "[", "[^", "\\", "a*b?[a-z]", "18446744073709551615", "8388608", "ENCODING",
        ];
        Random random = new(11);
        byte[] command = new byte[4096];
        for (int round = 0; round < 200_000; round++)
        {
            KvOperation operation = (KvOperation)random.Next(50);
            int count = random.Next(6);
            KvCommandWriter writer = new(command, KvCommandKind.Call, KvCommandFlags.Stamped);
            writer.WriteStamp(new KvStamp(random.Next(3), random.Next(5) == 0 ? long.MaxValue / 2 : round, random.Next(5) == 0 ? long.MaxValue : round));
            writer.WriteByte((byte)random.Next(17));
            writer.WriteByte((byte)operation);
            writer.WriteVarint((ulong)count);
            for (int i = 0; i < count; i++)
            {
                writer.WriteBytes(Encoding.Latin1.GetBytes(words[random.Next(words.Length)]));
            }

            _ = _store.Apply(command.AsSpan(0, writer.Length), term: 1);
        }
    }

    [Fact]
    public void Counting_a_known_word_allocates_nothing()
    {
        byte[] command = new byte[64];
        int length = KvCommandWriter.EncodeIncrementBy(command, "word"u8, 1);
        _store.Apply(command.AsSpan(0, length));
        long before = ThreadAllocations.Begin();
        for (int times = 2; times < 1000; times++)
        {
            length = KvCommandWriter.EncodeIncrementBy(command, "word"u8, 1);
            _store.Apply(command.AsSpan(0, length));
        }

        Assert.Equal(0, ThreadAllocations.Since(before));
        Assert.Equal("999", Get("word"));
    }

    private KvResult Set(string key, string value, KvCommandFlags flags = KvCommandFlags.None, string? expected = null)
    {
        byte[] command = new byte[256 + value.Length];
        KvCommandWriter writer = new(command, KvCommandKind.Set, flags);
        writer.WriteBytes(Encoding.Latin1.GetBytes(key));
        writer.WriteBytes(Encoding.Latin1.GetBytes(value));
        if (expected is not null)
        {
            writer.WriteBytes(Encoding.Latin1.GetBytes(expected));
        }

        return _store.Apply(command.AsSpan(0, writer.Length));
    }

    private KvResult Append(string key, string value)
    {
        byte[] command = new byte[256 + value.Length];
        KvCommandWriter writer = new(command, KvCommandKind.Append, KvCommandFlags.None);
        writer.WriteBytes(Encoding.Latin1.GetBytes(key));
        writer.WriteBytes(Encoding.Latin1.GetBytes(value));
        return _store.Apply(command.AsSpan(0, writer.Length));
    }

    private KvResult Many(KvCommandKind kind, ulong count, params string[] fields)
    {
        byte[] command = new byte[256];
        KvCommandWriter writer = new(command, kind, KvCommandFlags.None);
        writer.WriteVarint(count);
        foreach (string field in fields)
        {
            writer.WriteBytes(Encoding.Latin1.GetBytes(field));
        }

        return _store.Apply(command.AsSpan(0, writer.Length));
    }

    private KvResult Increment(string key, long delta)
    {
        byte[] command = new byte[256];
        int length = KvCommandWriter.EncodeIncrementBy(command, Encoding.Latin1.GetBytes(key), delta);
        return _store.Apply(command.AsSpan(0, length));
    }

    private string? Get(string key)
    {
        using KvStateMachine.Reader reader = _store.OpenRead();
        return reader.TryGet(Encoding.Latin1.GetBytes(key), out KvValue value) ? Text(value) : null;
    }

    private static string Text(KvValue value) => Encoding.Latin1.GetString(value.AsSpan(stackalloc byte[KvValue.MaxIntegerBytes]));
}
