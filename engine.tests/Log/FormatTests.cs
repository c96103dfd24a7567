using System;
using System.Buffers.Binary;
using System.IO;
using System.Linq;
using System.Text;
using RaftEngine.Log;
using RaftEngine.Protocol;
using Xunit;

namespace RaftEngine.Tests.Log;

/// <summary>The bytes are those of docs/log-format.md.</summary>
public sealed class FormatTests : IDisposable
{
    private readonly TemporaryLog _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void The_checksum_is_the_one_that_the_page_names()
    {
        Assert.Equal(0x6C40DF5F0B497347ul, IndependentReader.Crc("123456789"u8));
        Assert.Equal(0x6C40DF5F0B497347ul, System.IO.Hashing.Crc64.HashToUInt64("123456789"u8));
    }

    [Fact]
    public void A_reader_written_from_the_page_alone_reads_what_the_log_wrote()
    {
        Random random = new(42);
        for (long term = 1; term <= 5; term++)
        {
            _directory.Data.HardState.Save(new HardState(term, (ulong)term + 1));
            _directory.Log.Append(EntryKind.NoOp, term, []);
            for (int i = 0; i < 100; i++)
            {
                _directory.Append(3, term, random.Next(0, 700), groupOf: 3);
            }

            _directory.Log.TruncateFrom(_directory.Log.LastIndex - random.Next(0, 250));
        }

        StringBuilder text = new();
        foreach (var (index, term, kind, payload, chain) in IndependentReader.ReadRecords(_directory.Path, _directory.Options.ClusterId, _directory.Options.GroupId))
        {
            text.AppendLine($"{index} {term} {(EntryKind)kind} {Convert.ToHexString(payload)} {chain:x16}");
        }

        Assert.Equal(_directory.Contents(), text.ToString());
        Assert.True(Directory.GetFiles(_directory.Path, "*.segment").Length >= 4);
        Assert.Equal((5, 6ul), IndependentReader.ReadHardState(_directory.Path));
    }

    [Fact]
    public void A_segment_is_laid_out_byte_by_byte_as_drawn()
    {
        _directory.Options = TemporaryLog.DefaultOptions with { MaxUnsyncedBytes = 0x8000 };
        _directory.Log.Append(EntryKind.Command, 5, "hello"u8);
        _directory.Log.Flush();
        byte[] file = File.ReadAllBytes(_directory.FileOf(1));
        long created = BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(48));
        Assert.Equal(64 << 10, file.Length);
        Assert.Equal("RAFTSEGM"u8.ToArray(), file[..8]);
        Assert.Equal("01000000" + "00100000" + "0100000000000000" + "0000010000000000", Convert.ToHexString(file[8..32]));
        Assert.Equal(_directory.Data.LogId.ToString("N").ToUpperInvariant(), Convert.ToHexString(file[32..48]));
        Assert.Equal("0000000000000000", Convert.ToHexString(file[56..64]));
        Assert.True(file[72..4088].All(static b => b == 0));

        Assert.Equal("05000000" + "01" + "000000" + "0100000000000000" + "0500000000000000" + "68656C6C6F" + "000000", Convert.ToHexString(file[4096..4128]));
        Assert.Equal(IndependentReader.Crc(file.AsSpan(4088, 40)), BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(4128)));

        Assert.Equal("FFFFFFFF" + "00800000" + "2810000000000000" + "0200000000000000" + "0010000000000000", Convert.ToHexString(file[4136..4168]));
        Assert.Equal(created, BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(4168)));
        Assert.Equal(IndependentReader.Crc(file.AsSpan(4136, 40)), BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(4176)));
        Assert.True(file[4184..].All(static b => b == 0));
    }
}
