using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO.Hashing;
using System.Linq;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Storage;

namespace RaftEngine.Fuzz.Targets;

/// <summary>
/// The files of a small data directory, and inputs that stand for one of them: the first byte says which, and the rest is its
/// content.
/// </summary>
internal sealed class LogFiles
{
    public static readonly LogOptions Options = new()
    {
        ClusterId = FrameTarget.Cluster,
        GroupId = 0,
        NodeId = 1,
        SegmentSizeBytes = SegmentBytes,
        MaxPayloadBytes = 4 << 10,
        MaxUnsyncedBytes = 32 << 10,
    };

    private const int SegmentBytes = 64 << 10;

    // Where a file's header, or each of its slots, has its checksum; behind the bytes that it covers.
    private static readonly (string Ending, int SlotBytes, int ChecksumOffset)[] Checksums =
        [(".segment", int.MaxValue, 64), (".offsets", int.MaxValue, 72), ("hard-state", 4096, 216), ("log-start", 4096, 72)];

    /// <summary>Reads the files of a directory.</summary>
    public LogFiles(IStorageDirectory directory)
    {
        foreach (string name in directory.List().Where(static name => name != "lock").Order(StringComparer.Ordinal))
        {
            using IStorageFile file = directory.OpenForReading(name)!;
            byte[] content = new byte[file.Length];
            file.Read(content, 0);
            Files.Add((name, content));
        }
    }

    public List<(string Name, byte[] Content)> Files { get; } = [];

    public IReadOnlyList<byte[]> Seeds => [.. Files.Select(static (file, i) => (byte[])[(byte)i, .. file.Content])];

    public static int MaxBytes => 1 + (2 * SegmentBytes);

    /// <summary>Fills a directory with a log of several segments, of which the first was given up.</summary>
    public static void Make(IStorageDirectory directory)
    {
        using DataDirectory data = DataDirectory.Open(directory, Options);
        byte[] payload = new byte[200];
        for (int i = 0; i < 700; i++)
        {
            data.Log.Append(i % 50 == 0 ? EntryKind.NoOp : EntryKind.Command, 1 + (i / 200), i % 50 == 0 ? default : payload);
            if (i % 10 == 9)
            {
                data.Log.Flush();
                SyncTicket ticket = data.Log.PrepareSync();
                data.Log.Sync(ticket);
                data.Log.CompleteSync(ticket);
            }
        }

        data.Log.CompactTo(data.Log.LastIndex / 2);
    }

    public int IndexOf(byte[] input) => input.Length == 0 ? 0 : input[0] % Files.Count;

    public void Repair(Span<byte> input)
    {
        if (input.Length < 2)
        {
            return;
        }

        string name = Files[input[0] % Files.Count].Name;
        foreach ((string ending, int slotBytes, int offset) in Checksums)
        {
            if (!name.EndsWith(ending, StringComparison.Ordinal))
            {
                continue;
            }

            Span<byte> rest = input[1..];
            while (rest.Length >= offset + 8)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(rest[offset..], Crc64.HashToUInt64(rest[..offset]));
                rest = slotBytes >= rest.Length ? default : rest[slotBytes..];
            }
        }
    }
}
