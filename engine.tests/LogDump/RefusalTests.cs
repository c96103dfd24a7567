using System;
using System.Buffers.Binary;
using System.IO;
using System.IO.Hashing;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Tests.Log;
using Xunit;

namespace RaftEngine.Tests.LogDump;

/// <summary>What cannot be understood is usage, 2; what cannot be read is input and output, 3. Neither is damage.</summary>
public sealed class RefusalTests : IDisposable
{
    private static readonly string[] Commands = ["info", "segments", "list", "verify", "stats", "terms", "map"];

    private readonly TemporaryLog _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData]
    [InlineData("verify")]
    [InlineData("mend", "DIR")]
    [InlineData("verify", "DIR", "more")]
    [InlineData("verify", "DIR", "--from", "1")]
    [InlineData("list", "DIR", "--from")]
    [InlineData("list", "DIR", "--from", "ten")]
    [InlineData("list", "DIR", "--to", "9223372036854775808")]
    [InlineData("list", "DIR", "--from", "3", "--to", "2")]
    [InlineData("list", "DIR", "--to", "-1")]
    [InlineData("list", "DIR", "--limit", "0")]
    [InlineData("list", "DIR", "--kind", "letter")]
    [InlineData("show", "DIR")]
    [InlineData("show", "DIR", "6")]
    [InlineData("show", "DIR", "0")]
    [InlineData("info", "DIR", "--format", "xml")]
    [InlineData("info", "DIR", "--color", "mauve")]
    [InlineData("report", "DIR")]
    [InlineData("completion", "fish")]
    public void A_command_line_that_makes_no_sense_is_usage(params string[] arguments)
    {
        _directory.Append(5);
        _directory.Close();
        DumpRun run = DumpRun.Of(Array.ConvertAll(arguments, argument => argument == "DIR" ? _directory.Path : argument));
        Assert.Equal((2, string.Empty), (run.ExitCode, run.Output));
        Assert.NotEqual(string.Empty, run.Error);
    }

    [Fact]
    public void A_directory_that_is_not_there_is_named() => AssertUnreadable(Path.Combine(_directory.Path, "none"), "none");

    [Fact]
    public void A_directory_without_a_log_is_named() => AssertUnreadable(_directory.Path, "it is no data directory");

    [Fact]
    public void A_file_in_place_of_the_directory_is_named()
    {
        _directory.Append(5);
        _directory.Close();
        string file = Path.Combine(_directory.Path, "notes");
        File.WriteAllText(file, "neither a segment nor a backup");
        AssertUnreadable(file, "neither a segment nor a backup");
    }

    [Fact]
    public void A_segment_of_a_newer_version_is_no_damage()
    {
        _directory.Append(5);
        _directory.Close();
        _directory.Edit(SegmentFormat.NameOf(1), static bytes =>
        {
            bytes[8] = 2;
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(64), Crc64.HashToUInt64(bytes.AsSpan(0, 64)));
        });
        AssertUnreadable(_directory.Path, Release.CannotRead($"the format of segment {SegmentFormat.NameOf(1)}", 2, "version 1"));
    }

    [Fact]
    public void A_hard_state_of_a_newer_version_is_no_damage()
    {
        _directory.Append(5);
        _directory.Close();
        _directory.Edit(HardStateFile.Name, static bytes =>
        {
            foreach (int slot in (int[])[0, HardStateRecord.SlotBytes])
            {
                bytes[slot + 8] = 3;
                BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(slot + 216), Crc64.HashToUInt64(bytes.AsSpan(slot, 216)));
            }
        });
        AssertUnreadable(_directory.Path, Release.CannotRead("the format of the hard state", 3, "versions 1 and 2"));
    }

    private static void AssertUnreadable(string path, string named)
    {
        foreach (string command in Commands)
        {
            DumpRun run = DumpRun.Of(command, path);
            Assert.Equal(3, run.ExitCode);
            Assert.Contains(named, run.Error, StringComparison.Ordinal);
            Assert.Single(run.Error.TrimEnd().Split('\n'));
        }
    }
}
