using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using RaftEngine.Simulate.Disk;
using RaftEngine.Snapshots;
using RaftEngine.Storage;
using RaftEngine.Tests.Storage;
using Xunit;

namespace RaftEngine.Tests.Snapshots;

/// <summary>A snapshot file gives back what was written, or says where it does not.</summary>
public sealed class SnapshotFileTests : IDisposable
{
    private readonly FakeDisk _disk = new(256 << 10);
    private readonly IStorageDirectory _directory;

    public SnapshotFileTests() => _directory = _disk.OpenDirectory();

    public static TheoryData<int> Lengths =>
        [0, 1, 7, 8, 1000, SnapshotFormat.ChunkPayloadBytes - 1, SnapshotFormat.ChunkPayloadBytes, SnapshotFormat.ChunkPayloadBytes + 1, 150_000];

    public void Dispose() => _disk.Dispose();

    [Theory]
    [MemberData(nameof(Lengths))]
    public void A_snapshot_is_read_as_it_was_written(int length)
    {
        byte[] state = SnapshotSamples.State(length);
        SnapshotHeader header = SnapshotSamples.Header(42);
        new SnapshotStore(_directory).Write(header, stream =>
        {
            Random random = new(length);
            for (int written = 0; written < length;)
            {
                int part = Math.Min(1 + random.Next(50_000), length - written);
                stream.Write(state, written, part);
                written += part;
            }
        });

        (SnapshotHeader Header, byte[] State) read = SnapshotSamples.Read(_directory)!.Value;
        Assert.Equal(header, read.Header);
        Assert.Equal(state, read.State);
        Assert.Equal([SnapshotFormat.NameOf(42)], _directory.List());
    }

    [Fact]
    public void A_newer_snapshot_replaces_the_older_ones_and_an_unfinished_one_counts_for_nothing()
    {
        SnapshotSamples.Write(_directory, 5, SnapshotSamples.State(100));
        SnapshotSamples.Write(_directory, 17, SnapshotSamples.State(100, seed: 2));
        Assert.Throws<InvalidDataException>(() => new SnapshotStore(_directory).Write(SnapshotSamples.Header(20), static stream =>
        {
            stream.Write(new byte[100_000]);
            throw new InvalidDataException();
        }));

        Assert.Equal([SnapshotFormat.NameOf(17)], _directory.List());
        Assert.Equal(SnapshotSamples.State(100, seed: 2), SnapshotSamples.Read(_directory)!.Value.State);
    }

    [Fact]
    public void What_a_dead_process_left_unfinished_is_deleted_but_for_what_was_being_received()
    {
        SnapshotSamples.Write(_directory, 5, []);
        using (new SnapshotWriter(_directory, SnapshotSamples.Header(9), SnapshotFormat.NameOf(9) + ".new", default))
        {
            IncomingSnapshot.Begin(_directory, SnapshotFormat.Write(SnapshotSamples.Header(12)), 1 << 20).Dispose();
            new SnapshotStore(_directory).DeleteLeftOvers();
        }

        Assert.Equal([SnapshotFormat.NameOf(5), IncomingSnapshot.Name], _directory.List().Order());
    }

    [Fact]
    public void No_byte_can_be_damaged_in_silence_and_no_damaged_byte_is_handed_out()
    {
        byte[] state = SnapshotSamples.State(40_000);
        SnapshotSamples.Write(_directory, 42, state);
        byte[] whole = _disk.Image.FileOf(SnapshotFormat.NameOf(42)).Content.ToArray();
        List<string> violations = [];
        for (int offset = 0; offset < whole.Length; offset += offset is < 150 or > 8_250 and < 8_400 || offset > whole.Length - 60 ? 1 : 41)
        {
            foreach (byte value in (byte[])[(byte)(whole[offset] ^ (1 << (offset % 8))), 0, 0xFF])
            {
                if (value != whole[offset] && Damage(whole, bytes => bytes[offset] = value, state) is { } violation)
                {
                    violations.Add($"offset {offset}: {violation}");
                }
            }
        }

        for (int length = 0; length < whole.Length; length += length is < 150 || length > whole.Length - 60 ? 1 : 997)
        {
            if (Damage(whole[..length], static _ => { }, state) is { } violation)
            {
                violations.Add($"cut to {length}: {violation}");
            }
        }

        if (Damage([.. whole, 0], static _ => { }, state) is { } longer)
        {
            violations.Add($"one byte longer: {longer}");
        }

        Assert.Empty(violations);
    }

    [Fact]
    public void A_chunk_of_another_snapshot_of_the_same_state_is_refused()
    {
        byte[] state = SnapshotSamples.State(100_000);
        SnapshotSamples.Write(_directory, 42, state);
        byte[] one = _disk.Image.FileOf(SnapshotFormat.NameOf(42)).Content.ToArray();
        SnapshotSamples.Write(_directory, 42, state);
        byte[] other = _disk.Image.FileOf(SnapshotFormat.NameOf(42)).Content.ToArray();
        int second = one.Length - 60_000;
        Assert.NotEqual(one, other);
        Assert.Null(Damage(other, bytes => one.AsSpan(second).CopyTo(bytes.AsSpan(second)), state));
    }

    [Fact]
    public void Whenever_the_power_fails_the_old_snapshot_or_the_new_one_is_there_whole()
    {
        byte[] oldState = SnapshotSamples.State(50);
        byte[] newState = SnapshotSamples.State(9000, seed: 2);
        List<object> journal = [];
        using FakeDisk disk = new(64 << 10) { Journal = journal };
        IStorageDirectory directory = disk.OpenDirectory();
        SnapshotSamples.Write(directory, 5, oldState);
        int before = journal.Count;
        SnapshotSamples.Write(directory, 9, newState);

        using DiskImage image = new(64 << 10);
        int states = 0;
        HashSet<long> found = [];
        for (int step = 0; step <= journal.Count; step++)
        {
            ChoiceSpace space = ChoiceSpace.Of(image, bySector: true);
            Random random = new(step);
            for (int i = 0; i < 50 && step >= before; i++)
            {
                using FakeDisk crashed = new(image.AfterPowerLoss(space.Sampled(random), bySector: true));
                (SnapshotHeader Header, byte[] State)? left = SnapshotSamples.Read(crashed.OpenDirectory());
                Assert.Equal(left?.Header.Index == 9 ? newState : oldState, left?.State);
                Assert.True(step < journal.Count || left?.Header.Index == 9);
                found.Add(left!.Value.Header.Index);
                states++;
            }

            if (step < journal.Count)
            {
                image.Apply((DiskOperation)journal[step]);
            }
        }

        Assert.Equal([5, 9], found.Order());
        Assert.True(states > 300);
    }

    [Fact]
    public void Every_refusal_of_the_disk_leaves_the_old_snapshot()
    {
        byte[] oldState = SnapshotSamples.State(50);
        for (int call = 1; ; call++)
        {
            using FakeDisk disk = new(64 << 10);
            IStorageDirectory directory = disk.OpenDirectory();
            SnapshotSamples.Write(directory, 5, oldState);
            disk.FailingCall = disk.Calls + call;
            Exception? refused = Record.Exception(() => SnapshotSamples.Write(directory, 9, SnapshotSamples.State(9000)));
            if (disk.Refused is null)
            {
                Assert.True(call > 8);
                return;
            }

            Assert.IsType<StorageFailedException>(refused);
            Assert.True(SnapshotSamples.Read(directory)!.Value.Header.Index is 5 or 9);
            disk.LosePower();
            Assert.True(SnapshotSamples.Read(disk.OpenDirectory())!.Value.Header.Index is 5 or 9);
        }
    }

    [Fact]
    public void A_configuration_that_does_not_fit_is_refused_before_anything_is_written()
    {
        SnapshotHeader tooLarge = SnapshotSamples.Header(3, new byte[SnapshotFormat.MaxConfigurationBytes + 1]);
        Assert.Throws<InvalidOperationException>(() => new SnapshotStore(_directory).Write(tooLarge, static _ => { }));
        Assert.Null(SnapshotSamples.Read(_directory));
        new SnapshotStore(_directory).Write(SnapshotSamples.Header(3, new byte[SnapshotFormat.MaxConfigurationBytes]), static _ => { });
        Assert.Equal(SnapshotFormat.MaxConfigurationBytes, SnapshotSamples.Read(_directory)!.Value.Header.Configuration.Length);
    }

    private static string? Damage(byte[] whole, Action<byte[]> damage, byte[] state)
    {
        byte[] damaged = [.. whole];
        damage(damaged);
        using FakeDisk disk = new(256 << 10);
        disk.Image.Put(SnapshotFormat.NameOf(42), damaged);
        using MemoryStream read = new();
        try
        {
            using SnapshotReader reader = new SnapshotStore(disk.OpenDirectory()).OpenNewest()!;
            reader.CopyTo(read);
            return "silent";
        }
        catch (SnapshotCorruptedException e)
        {
            return !state.AsSpan().StartsWith(read.ToArray()) ? "handed out damaged bytes"
                : e.Expected == e.Actual && e.Offset < damaged.Length ? $"does not say what differs: {e.Message}"
                : null;
        }
    }
}
