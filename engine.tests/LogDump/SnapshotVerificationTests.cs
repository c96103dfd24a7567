using System;
using System.IO.Hashing;
using System.Text.Json;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Snapshots;
using RaftEngine.Storage;
using RaftEngine.Tests.Log;
using Xunit;

namespace RaftEngine.Tests.LogDump;

/// <summary>Snapshots are read to their last byte, and held against the log.</summary>
public sealed class SnapshotVerificationTests : IDisposable
{
    private readonly TemporaryLog _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_snapshot_that_is_the_logs_own_is_clean_and_shown()
    {
        WriteSnapshot(chain => chain);
        DumpRun verified = DumpRun.Of("verify", _directory.Path, "--strict");
        Assert.Equal((0, "1"), (verified.ExitCode, verified.ValueOf("snapshots")));
        using JsonDocument info = JsonDocument.Parse(DumpRun.Of("info", _directory.Path, "--format", "json").Output);
        JsonElement snapshot = Assert.Single(info.RootElement.GetProperty("snapshots").EnumerateArray());
        Assert.Equal((50, 1), (snapshot.GetProperty("index").GetInt32(), snapshot.GetProperty("term").GetInt32()));
    }

    [Fact]
    public void A_damaged_byte_of_the_state_is_located()
    {
        WriteSnapshot(chain => chain);
        _directory.Edit(SnapshotFormat.NameOf(50), static bytes => bytes[10_000] ^= 1);
        DumpRun verified = DumpRun.Of("verify", _directory.Path);
        Assert.Equal((1, "damaged"), (verified.ExitCode, verified.ValueOf("result")));
        Assert.StartsWith($"Snapshot corrupted: file {SnapshotFormat.NameOf(50)}, offset 8272: chunk checksum", verified.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_snapshot_of_another_log_is_damage()
    {
        WriteSnapshot(chain => chain ^ 1);
        DumpRun verified = DumpRun.Of("verify", _directory.Path);
        Assert.Equal(1, verified.ExitCode);
        Assert.Contains("the snapshot says of index 50: term 1, chain", verified.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_snapshot_of_a_newer_version_is_refused()
    {
        WriteSnapshot(chain => chain);
        _directory.Edit(SnapshotFormat.NameOf(50), static bytes =>
        {
            bytes[8] = 2;
            BitConverter.TryWriteBytes(bytes.AsSpan(80), Crc64.HashToUInt64(bytes.AsSpan(0, 80)));
        });
        foreach (string command in (string[])["info", "verify"])
        {
            DumpRun run = DumpRun.Of(command, _directory.Path);
            Assert.Equal(3, run.ExitCode);
            Assert.Contains(Release.CannotRead($"the format of snapshot {SnapshotFormat.NameOf(50)}", 2, "version 1"), run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_compacted_log_without_its_snapshot_is_damage()
    {
        _directory.Append(3000);
        _directory.Sync();
        _directory.Log.CompactTo(2500);
        _directory.Close();
        Assert.True(LogInspector.Open(_directory.Path).Verify().FirstIndex > 1);
        DumpRun verified = DumpRun.Of("verify", _directory.Path);
        Assert.Equal(1, verified.ExitCode);
        Assert.Contains("no snapshot holds what is before", verified.Error, StringComparison.Ordinal);
        Assert.Equal(1, DumpRun.Of("map", _directory.Path).ExitCode);
    }

    private void WriteSnapshot(Func<ulong, ulong> chain)
    {
        _directory.Append(100);
        SnapshotHeader header = new(Guid.NewGuid(), _directory.Options.ClusterId, _directory.Options.GroupId, 50, 1, chain(_directory.Log.ChainAt(50)), ReadOnlyMemory<byte>.Empty);
        _directory.Close();
        using FileSystemDirectory directory = FileSystemDirectory.OpenExisting(_directory.Path);
        new SnapshotStore(directory).Write(header, static stream => stream.Write(new byte[20_000]));
    }
}
