using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO.Hashing;
using System.Threading;
using RaftEngine.Protocol;
using RaftEngine.Simulate.Disk;
using RaftEngine.Snapshots;
using RaftEngine.Storage;

namespace RaftEngine.Fuzz.Targets;

/// <summary>Snapshot files: header, chunks and their chain.</summary>
internal sealed class SnapshotTarget : FuzzTarget
{
    private const int SmallestHeaderBytes = 88;

    private readonly byte[] _sink = new byte[SnapshotFormat.ChunkPayloadBytes];

    public override string Name => "snapshot";

    public override IReadOnlyList<byte[]> Seeds { get; } = [Make(0), Make(100), Make(30_000)];

    public override bool IsTyped(Exception exception) => exception is SnapshotCorruptedException or LaterReleaseException;

    public override void Repair(Span<byte> input)
    {
        if (input.Length < SmallestHeaderBytes)
        {
            return;
        }

        long size = SmallestHeaderBytes + ((BinaryPrimitives.ReadUInt32LittleEndian(input[12..]) + 7L) & ~7L);
        if (size <= input.Length)
        {
            Span<byte> header = input[..(int)size];
            BinaryPrimitives.WriteUInt64LittleEndian(header[^8..], Crc64.HashToUInt64(header[..^8]));
        }
    }

    public override void Run(byte[] input)
    {
        using SnapshotReader reader = new(new MemoryFile(input), "fuzzed");
        long total = 0;
        for (int read; (read = reader.Read(_sink)) > 0;)
        {
            total += read;
            Require(total <= input.Length, "more comes out than went in");
        }
    }

    private static byte[] Make(int bytes)
    {
        using FakeDisk disk = new();
        using IStorageDirectory directory = disk.OpenDirectory();
        byte[] configuration = new byte[ConfigurationFormat.LengthOf(new Configuration(1, 2, 3))];
        ConfigurationFormat.Write(configuration, new Configuration(1, 2, 3));
        SnapshotHeader header = new(Guid.NewGuid(), FrameTarget.Cluster, 0, 50, 2, 77, configuration);
        using (SnapshotWriter writer = new(directory, header, "temporary", CancellationToken.None))
        {
            writer.Write(new byte[bytes]);
            writer.Complete();
        }

        foreach (string name in directory.List())
        {
            if (SnapshotFormat.TryParseName(name, out _))
            {
                using IStorageFile file = directory.OpenForReading(name)!;
                byte[] made = new byte[file.Length];
                file.Read(made, 0);
                return made;
            }
        }

        throw new InvalidOperationException("No snapshot was made.");
    }
}
