using System;
using System.Buffers.Binary;
using System.IO;
using RaftEngine.Log;
using RaftEngine.Protocol;
using Xunit;

namespace RaftEngine.Tests.Log;

/// <summary>What clients store must not look like the log: whatever it is made of, and wherever the last write was
/// torn, all that was acknowledged is there again.</summary>
public sealed class ForgedPayloadTests : IDisposable
{
    private const int Acknowledged = 3;

    private readonly TemporaryLog _directory = new();

    public static TheoryData<string, bool> Cases
    {
        get
        {
            TheoryData<string, bool> cases = [];
            foreach (string kind in (string[])["random", "records", "headers", "marks", "segments", "prefixes"])
            {
                cases.Add(kind, false);
                cases.Add(kind, true);
            }

            return cases;
        }
    }

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_log_opens_with_all_that_was_acknowledged_at_every_tear_of_the_last_group(string kind, bool isRecycled)
    {
        if (isRecycled)
        {
            for (int i = 0; i < 60; i++)
            {
                Append(Payload(kind, 9000, shift: i * 8));
            }

            _directory.Sync();
            _directory.Log.CompactTo(_directory.Log.LastIndex);
            while (_directory.Log.FirstIndex < _directory.Log.LastIndex - 3)
            {
                Append(Payload(kind, 9000)); // into files that were segments
                _directory.Log.CompactTo(_directory.Log.LastIndex);
            }
        }

        for (int i = 0; i < Acknowledged; i++)
        {
            Append(Payload(kind, 700));
        }

        _directory.Sync();
        long acknowledged = _directory.Log.LastIndex;
        string file = NewestSegment();
        byte[] before = File.ReadAllBytes(file);
        for (int i = 0; i < 4; i++)
        {
            _directory.Log.Append(EntryKind.Command, 1, Payload(kind, 900 + (i * 300)));
        }

        _directory.Log.Flush();
        Assert.Equal(file, NewestSegment());
        byte[] after = File.ReadAllBytes(file);
        _directory.Die();
        RequireAllAtEveryTear(file, before, after, acknowledged);
    }

    [Theory]
    [InlineData("records")]
    [InlineData("headers")]
    [InlineData("prefixes")]
    public void The_work_of_an_opening_is_linear_in_the_segment_whatever_is_in_it(string kind)
    {
        _directory.Options = TemporaryLog.DefaultOptions with { SegmentSizeBytes = 8 << 20, MaxPayloadBytes = 6 << 20, MaxUnsyncedBytes = 7 << 20 };
        Append(Payload("random", 100));
        _directory.Sync();
        Append(Payload(kind, 6 << 20));
        string file = NewestSegment();
        _directory.Die();
        byte[] torn = File.ReadAllBytes(file);
        torn.AsSpan(SegmentFormat.HeaderBytes + 132 + 512, 512).Clear(); // a sector of the last record
        (long lastIndex, long workBytes, int tornBytes) = Judge(torn, file);
        Assert.Equal((1L, true), (lastIndex, tornBytes > 6 << 20));
        Assert.InRange(workBytes, 6 << 20, 8L * torn.Length);
    }

    private void RequireAllAtEveryTear(string file, byte[] before, byte[] after, long acknowledged)
    {
        int from = before.AsSpan().CommonPrefixLength(after);
        int to = before.Length;
        while (before[to - 1] == after[to - 1])
        {
            to--;
        }

        for (int cut = from; cut <= to; cut++)
        {
            byte[] torn = after.AsSpan().ToArray(); // up to the cut; and the other way round, without a piece in the middle
            before.AsSpan(cut).CopyTo(torn.AsSpan(cut));
            RequireAll(torn, file, acknowledged);
            if (cut % 64 == 0)
            {
                torn = after.AsSpan().ToArray();
                int end = Math.Min(to, (cut | 511) + 1);
                before.AsSpan(cut, end - cut).CopyTo(torn.AsSpan(cut));
                RequireAll(torn, file, acknowledged);
            }

            if (cut % 512 == 0)
            {
                File.WriteAllBytes(file, torn);
                Assert.True(_directory.Log.LastIndex >= acknowledged);
                _directory.Die();
            }
        }
    }

    private static void RequireAll(byte[] torn, string file, long acknowledged)
    {
        (long lastIndex, long workBytes, _) = Judge(torn, file);
        Assert.True(lastIndex >= acknowledged);
        Assert.True(workBytes <= 8L * torn.Length);
    }

    private static (long LastIndex, long WorkBytes, int TornBytes) Judge(byte[] segment, string file)
    {
        string name = Path.GetFileName(file);
        SegmentHeader header = SegmentFormat.Read(segment.AsSpan(0, SegmentFormat.HeaderBytes), "", name, segment.Length, SegmentFormat.ReadGuid(segment.AsSpan(32)));
        SegmentScanner scanner = new(segment, name, header);
        while (scanner.MoveNext())
        {
        }

        SegmentTail tail = scanner.JudgeTail();
        return (scanner.LastIndex, scanner.WorkBytes, tail.TornBytes);
    }

    private void Append(byte[] payload)
    {
        _directory.Log.Append(EntryKind.Command, 1, payload);
        _directory.Log.Flush();
    }

    private string NewestSegment()
    {
        _ = _directory.Log;
        string[] files = Directory.GetFiles(_directory.Path, "*.segment");
        Array.Sort(files, StringComparer.Ordinal);
        return files[^1];
    }

    private byte[] Payload(string kind, int size, int shift = 0)
    {
        byte[] payload = new byte[size];
        switch (kind)
        {
            case "random":
                new Random(size + shift).NextBytes(payload);
                break;
            case "records":
                ForgeRecords(payload, _directory.Log.LastIndex + 3);
                break;
            case "headers":
                for (int offset = 0; offset + 16 <= size; offset += 16)
                {
                    BinaryPrimitives.WriteInt32LittleEndian(payload.AsSpan(offset), size - offset - 200);
                    payload[offset + 4] = 1;
                    BinaryPrimitives.WriteInt64LittleEndian(payload.AsSpan(offset + 8), _directory.Log.LastIndex + 3 + (offset / 64));
                }

                break;
            case "marks":
                ForgeMarks(payload);
                break;
            case "segments":
                byte[] segment = File.ReadAllBytes(NewestSegment());
                segment.AsSpan(SegmentFormat.HeaderBytes - (shift % 4096), size).CopyTo(payload);
                break;
            case "prefixes":
                payload.AsSpan().Fill(0xFF);
                break;
        }

        return payload;
    }

    // Valid by themselves, one behind the other, and with the indexes that come next: what an attacker can know.
    private static void ForgeRecords(byte[] payload, long index)
    {
        for (int end = 40; end + 40 <= payload.Length; end += 32, index++)
        {
            RecordFormat.Write(payload.AsSpan(end - 8, 40), EntryKind.Command, index, 1, []);
        }
    }

    // With the stamps of this segment and of the one before, at offsets where such a mark could stand, but not here.
    private void ForgeMarks(byte[] payload)
    {
        byte[] segment = File.ReadAllBytes(NewestSegment());
        long created = BitConverter.ToInt64(segment, 48);
        for (int offset = 0; offset + TailMark.SizeInBytes <= payload.Length; offset += TailMark.SizeInBytes)
        {
            int place = SegmentFormat.HeaderBytes + offset;
            new TailMark(place, 1L << 40, place, 0).Write(payload.AsSpan(offset), created - (offset / TailMark.SizeInBytes % 2));
        }
    }
}
