using System;
using System.IO;
using System.Linq;
using System.Text;
using RaftEngine.LogDump.Decoding;
using RaftEngine.Protocol;
using RaftEngine.Samples.Kv.Store;
using RaftEngine.Tests.Log;
using RaftEngine.Tests.Support;
using Xunit;

namespace RaftEngine.Tests.LogDump;

/// <summary>Decoders are other people's code: what they answer is shown, and whatever else they do is told in a line.</summary>
public sealed class DecoderTests : IDisposable
{
    private readonly TemporaryLog _directory = new();
    private readonly TemporaryDirectory _scripts = new();

    public void Dispose()
    {
        _directory.Dispose();
        _scripts.Dispose();
    }

    [Fact]
    public void The_decoder_of_the_sample_tells_what_its_commands_say()
    {
        AppendCommands();
        string assembly = typeof(KvPayloadDecoder).Assembly.Location;
        string[] expected = ["SET greeting hello", "INCRBY counter -7", "session 2 #5: SET greeting hello", string.Empty];
        Assert.Equal(expected, Payloads(DumpRun.Of("list", _directory.Path, "--decoder", assembly)));
        Assert.Equal(expected[1..], Payloads(DumpRun.Of("tail", _directory.Path, "-n", "3", "--decoder", assembly)));
        DumpRun extracted = DumpRun.Of("extract", _directory.Path, "--decoder", assembly);
        Assert.Contains("\"text\":\"SET greeting hello\"}", extracted.Output, StringComparison.Ordinal);
        Assert.Contains("\"text\":null}", extracted.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_executable_is_fed_commands_and_answers_lines()
    {
        AppendCommands();
        string decoder = Script($"exec dotnet '{typeof(KvPayloadDecoder).Assembly.Location}' decode");
        DumpRun run = DumpRun.Of("list", _directory.Path, "--decoder", decoder);
        Assert.Equal((0, string.Empty), (run.ExitCode, run.Error));
        Assert.Equal(["SET greeting hello", "INCRBY counter -7", "session 2 #5: SET greeting hello", string.Empty], Payloads(run));
    }

    [Theory]
    [InlineData("exit 7", "it has ended, with exit code 7, before it answered", 20_000)]
    [InlineData("printf 'half a line'", "it has ended, with exit code 0, before it answered", 20_000)]
    [InlineData("exec cat /dev/zero", "an answer of more than 65536 bytes", 20_000)]
    [InlineData("exec sleep 100", "no answer to a command of", 300)]
    public void An_executable_that_does_not_answer_is_told_in_a_line(string script, string told, int timeoutMilliseconds)
    {
        using PayloadDecoder decoder = PayloadDecoder.Open(Script(script), TimeSpan.FromMilliseconds(timeoutMilliseconds));
        DecoderFailedException failure = Assert.Throws<DecoderFailedException>(() => decoder.Tell(RecordOf(new byte[300_000]))); // more than a pipe takes unread
        Assert.Contains(told, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_an_executable_answers_is_one_line_whatever_it_says()
    {
        using PayloadDecoder decoder = PayloadDecoder.Open(Script("printf 'a\\tb\\033[31m\\r\\nsecond\\n\\377\\n'; exec cat >/dev/null"), TimeSpan.FromSeconds(20));
        Assert.Equal(["a.b.[31m", "second", "\uFFFD"], Enumerable.Range(0, 3).Select(_ => decoder.Tell(RecordOf([1]))));
    }

    [Fact]
    public void A_decoder_that_fails_ends_the_command_with_what_it_has_shown()
    {
        AppendCommands();
        DumpRun run = DumpRun.Of("list", _directory.Path, "--decoder", Script("printf 'first\\n'; head -c 1 >/dev/null; exit 1"));
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("first", run.Output, StringComparison.Ordinal);
        Assert.Contains("Decoder '", run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public void An_executable_is_fed_on_before_it_has_answered()
    {
        AppendCommands();
        // answers none before it has read two
        string decoder = Script("head -c 30 >/dev/null; printf 'one\\ntwo\\nthree\\n'; exec cat >/dev/null");
        Assert.Equal(["one", "two", "session 2 #5: three", string.Empty],
            Payloads(DumpRun.Of("list", _directory.Path, "--decoder", decoder)));
    }

    [Fact]
    public void Statistics_count_commands_by_the_first_word_that_a_decoder_says()
    {
        AppendCommands();
        DumpRun run = DumpRun.Of("stats", _directory.Path, "--decoder", typeof(KvPayloadDecoder).Assembly.Location,
            "--format", "csv");
        Assert.Equal(0, run.ExitCode);
        string[] lines = run.Output.Split('\n');
        int at = Array.IndexOf(lines, "type,records,payloadBytes,percent");
        Assert.StartsWith("SET,2,", lines[at + 1], StringComparison.Ordinal);
        Assert.StartsWith("INCRBY,1,", lines[at + 2], StringComparison.Ordinal);
        Assert.Equal(string.Empty, lines[at + 3]);
        Assert.DoesNotContain("type,records", DumpRun.Of("stats", _directory.Path, "--format", "csv").Output,
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_decoder_is_told()
    {
        AppendCommands();
        string text = _scripts.Sub("text");
        File.WriteAllText(text, "no program");
        string library = _scripts.Sub("text.dll");
        File.WriteAllText(library, "no assembly");
        AssertRefused(_scripts.Sub("none"), "there is no such file");
        AssertRefused(text, "it cannot be started");
        AssertRefused(library, "it cannot be loaded");
        AssertRefused(typeof(RaftOptions).Assembly.Location, "it holds no ILogPayloadDecoder");
    }

    [Fact]
    public void The_sample_tells_every_command_and_says_malformed_of_all_else()
    {
        KvPayloadDecoder decoder = new();
        byte[] bytes = new byte[200];
        KvCommandWriter set = new(bytes, KvCommandKind.Set, KvCommandFlags.IfMissing | KvCommandFlags.ReturnOld | KvCommandFlags.IfEqual);
        set.WriteBytes("k \"y"u8);
        set.WriteBytes([]);
        set.WriteBytes([0, 0xFF]);
        Assert.Equal("SET \"k \\\"y\" \"\" NX GET IFEQ \"\\x00\\xff\"", decoder.Decode(bytes.AsSpan(0, set.Length)));
        KvCommandWriter delete = new(bytes, KvCommandKind.Delete, KvCommandFlags.None);
        delete.WriteVarint(2);
        delete.WriteBytes("a"u8);
        delete.WriteBytes("b"u8);
        Assert.Equal("DEL a b", decoder.Decode(bytes.AsSpan(0, delete.Length)));
        KvCommandWriter many = new(bytes, KvCommandKind.SetMany, KvCommandFlags.None);
        many.WriteVarint(1);
        many.WriteBytes("a"u8);
        many.WriteBytes(new byte[100]);
        Assert.StartsWith("MSET a \"\\x00", decoder.Decode(bytes.AsSpan(0, many.Length)), StringComparison.Ordinal);
        Assert.EndsWith("... (100 bytes)", decoder.Decode(bytes.AsSpan(0, many.Length)), StringComparison.Ordinal);
        for (int length = 0; length < many.Length; length++)
        {
            Assert.Equal("malformed", decoder.Decode(bytes.AsSpan(0, length)));
        }

        KvCommandWriter call = new(bytes, KvCommandKind.Call, KvCommandFlags.Stamped);
        call.WriteStamp(new KvStamp(Term: 7, Elapsed: 1500, Unix: 1_700_000_000_000));
        call.WriteByte(3);
        call.WriteByte((byte)KvOperation.Expire);
        call.WriteVarint(2);
        call.WriteBytes("k"u8);
        call.WriteBytes("10"u8);
        Assert.Equal("[3] EXPIRE k 10, at 1500 ms (Unix 1700000000000 ms) of term 7", decoder.Decode(bytes.AsSpan(0, call.Length)));
        KvCommandWriter transaction = new(bytes, KvCommandKind.Transaction, KvCommandFlags.None);
        transaction.WriteVarint(1);
        transaction.WriteByte(0);
        transaction.WriteVarint(12);
        transaction.WriteBytes("w"u8);
        transaction.WriteVarint(1);
        transaction.WriteByte(0);
        transaction.WriteByte((byte)KvOperation.Incr);
        transaction.WriteVarint(1);
        transaction.WriteBytes("n"u8);
        Assert.Equal("WATCH w of database 0, version 12, MULTI, INCR n", decoder.Decode(bytes.AsSpan(0, transaction.Length)));
        Assert.Equal(
            "RAFT.ADD 4 a:7004 a:6384",
            decoder.Decode(new KvMember(4, "a:7004", "a:6384").ToCommand()));
    }

    private static RaftEngine.Log.LogRecord RecordOf(byte[] payload) => new() { Index = 1, Term = 1, Kind = EntryKind.Command, Payload = payload, Chain = 0 };

    private static string[] Payloads(DumpRun run) => [.. ListedRecord.ParseAll(run.Output).Select(static record => record.Preview)];

    private void AssertRefused(string path, string told)
    {
        DumpRun run = DumpRun.Of("list", _directory.Path, "--decoder", path);
        Assert.Equal((3, string.Empty), (run.ExitCode, run.Output));
        Assert.Contains(told, run.Error, StringComparison.Ordinal);
    }

    private void AppendCommands()
    {
        byte[] bytes = new byte[SessionFormat.HeaderBytes + 100];
        KvCommandWriter set = new(bytes.AsSpan(SessionFormat.HeaderBytes), KvCommandKind.Set, KvCommandFlags.None);
        set.WriteBytes("greeting"u8);
        set.WriteBytes("hello"u8);
        _directory.Log.Append(EntryKind.Command, 1, bytes.AsSpan(SessionFormat.HeaderBytes, set.Length));
        byte[] add = new byte[60];
        _directory.Log.Append(EntryKind.Command, 1, add.AsSpan(0, KvCommandWriter.EncodeIncrementBy(add, "counter"u8, -7)));
        SessionFormat.Write(bytes, new SessionHeader(1, SessionOperation.Command, SessionId: 2, Sequence: 5, FirstUnsettled: 1));
        _directory.Log.Append(EntryKind.Session, 1, bytes.AsSpan(0, SessionFormat.HeaderBytes + set.Length));
        _directory.Log.Append(EntryKind.NoOp, 1, []);
        _directory.Close();
    }

    private string Script(string body)
    {
        string path = _scripts.Sub($"{Guid.NewGuid():n}");
        File.WriteAllText(path, $"#!/bin/sh\n{body}\n", new UTF8Encoding(false));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return path;
    }
}
